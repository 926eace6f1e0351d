"""The languages of an issue: its versions side by side, and adding and removing one."""
