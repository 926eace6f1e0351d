"""Reading .xlsx workbooks as rows of people, in a process with limited memory and time."""
