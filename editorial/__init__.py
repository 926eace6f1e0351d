"""Issues: their stored versions, the finished mails and their pictures."""
