"""Whole records of people: their history, and two records that become one."""
