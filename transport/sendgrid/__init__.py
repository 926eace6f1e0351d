"""SendGrid as a mail provider."""
