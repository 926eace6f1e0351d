"""The inbox: the mails as their recipients see them."""
