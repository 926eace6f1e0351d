"""An issue as an article for a WeChat official account: its HTML, the checks of WeChat's limits, and the files of an export."""
