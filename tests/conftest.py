"""One thread for the whole test process, as in a worker; must run before TensorFlow is imported."""

from benchmark import worker

worker.single_thread()
