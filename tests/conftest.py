"""One thread for the whole test process, as in a worker; must run before TensorFlow is imported."""

from gatewise.benchmark.execution import worker

worker.single_thread()
