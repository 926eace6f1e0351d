"""What answers requests: SendGrid's API and the sandbox's own controls."""
