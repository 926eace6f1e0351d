"""The counts of an import run."""


def counts(run):
    parts = run.created_count, run.updated_count, run.unchanged_count, run.kept_out_count, run.refused_count
    assert run.rows_read == sum(parts) + run.details.get("addresses_suppressed", 0)
    return parts


def reasons(run):
    return [(refusal["line"], refusal["reason"]) for refusal in run.refusals]
