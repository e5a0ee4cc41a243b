"""What the other apps use of registry, and nothing else of it."""

from metaedu_plugin.registry.comparison import Comparison, Decision
from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.gateway import GatewayStatus, status, tutor
from metaedu_plugin.registry.log import log
from metaedu_plugin.registry.predictions import keep_predictions, predictions
from metaedu_plugin.registry.queue import send
from metaedu_plugin.registry.runs import active_run, request_training, run, runs, update_run
from metaedu_plugin.registry.signals import promoted, states_waiting
from metaedu_plugin.registry.switching import switch
from metaedu_plugin.registry.trial import again as trial_again
from metaedu_plugin.registry.trial import trial
from metaedu_plugin.registry.types import LogEntry, Predicted, Predictions, RunInfo, VersionInfo, Waiting
from metaedu_plugin.registry.versions import champion, decide, judge, promote, register, rollback, versions
from metaedu_plugin.registry.words import evidence, verdict

__all__ = [
    "Comparison",
    "Decision",
    "GatewayStatus",
    "LogEntry",
    "Predicted",
    "Predictions",
    "RegistryError",
    "RunInfo",
    "VersionInfo",
    "Waiting",
    "active_run",
    "champion",
    "decide",
    "evidence",
    "judge",
    "keep_predictions",
    "log",
    "predictions",
    "promote",
    "promoted",
    "register",
    "request_training",
    "rollback",
    "run",
    "runs",
    "send",
    "states_waiting",
    "status",
    "switch",
    "trial",
    "trial_again",
    "tutor",
    "update_run",
    "verdict",
    "versions",
]
