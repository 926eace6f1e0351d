"""The benchmark of delivery: `make bench-delivery`, or `python -m tests.bench --only a,b --n 100000` (docs/benchmarks)."""
