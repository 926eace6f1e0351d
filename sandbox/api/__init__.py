"""The endpoints: SendGrid's API and the sandbox's own controls."""
