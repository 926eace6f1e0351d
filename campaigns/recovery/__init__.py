"""What ends uncertainty: an operator, the policy `settle`, the provider's word, the check after a restore."""
