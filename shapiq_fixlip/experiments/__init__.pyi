from .batch import Batch
from .data_run import DataRun
from .experiment import METRICS, Evaluation
from .methods import METHODS, Found, Method, MethodSettings, parse_methods
from .parquet import BatchExplanations, read_batch
from .presets import EXPERIMENTS, evaluation_of
from .runner import Records, run
from .work import Record, Work, Worker

__all__ = [
    "EXPERIMENTS",
    "METHODS",
    "METRICS",
    "Batch",
    "BatchExplanations",
    "DataRun",
    "Evaluation",
    "Found",
    "Method",
    "MethodSettings",
    "Record",
    "Records",
    "Work",
    "Worker",
    "evaluation_of",
    "parse_methods",
    "read_batch",
    "run",
]
