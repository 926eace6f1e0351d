"""The loops of workers and beat: Celery's own, which also write heartbeats and go on while the broker is away."""
