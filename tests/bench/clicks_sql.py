"""SQL of the benchmark of clicks."""

from publication.database.statement_sql import query


def let_everybody_agree() -> None:
    """As if all people had agreed to be measured long ago."""
    query("UPDATE subscriber SET measured_since = now() - interval '1 day'")
