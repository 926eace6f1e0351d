"""The protocol of a mail provider, SendGrid as its implementation, and guarded HTTP. Pure: no Django, database or queue."""
