"""Follow-ups of a campaign: whom they go to, by what is on record about the mail of the campaign that they follow."""
