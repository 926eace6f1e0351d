"""Issues while they are made: records, versions, the finished mails and their pictures."""
