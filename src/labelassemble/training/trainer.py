"""Lightning's trainer: the devices it uses, and none of its chatter."""

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch
from lightning.fabric.utilities.warnings import PossibleUserWarning
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy
from lightning.pytorch.utilities import rank_zero_only
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import nn

from labelassemble.errors import SettingsError, plural
from labelassemble.settings import TrainingSettings

Precision = Literal["32-true", "16-mixed", "bf16-mixed"]


def build_trainer(
    settings: TrainingSettings, folder: Path, callbacks: Sequence[Callback], validates: bool
) -> Trainer:
    """Make a trainer that only trains: we log, save and report ourselves, once an epoch.

    Args:
        settings: epochs and devices.
        folder: the run folder.
        callbacks: what happens at the end of an epoch.
        validates: whether there are validation images.

    Raises:
        SettingsError: a GPU, or more of them, is asked for than there is; a precision that the
            device does not have.
    """
    gpu = _use_gpu(settings)
    return Trainer(
        accelerator="gpu" if gpu else "cpu",
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=choose_strategy(settings, gpu),
        precision=choose_precision(settings, gpu),
        max_epochs=settings.epochs,
        callbacks=list(callbacks),
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if validates else 0,
        use_distributed_sampler=False,
        benchmark=gpu,
    )


def choose_strategy(settings: TrainingSettings, gpu: bool) -> str | Strategy:
    """Decide how devices share the work; ``auto`` is ``ddp`` where there are several.

    >>> choose_strategy(TrainingSettings(devices=2), gpu=False)
    'ddp'
    """
    if settings.strategy == "fsdp":
        # torch's older FSDP takes GPUs alone; this one what processes there are (Learner shards).
        return ModelParallelStrategy(
            data_parallel_size=settings.devices * settings.nodes,
            tensor_parallel_size=1,
            save_distributed_checkpoint=False,
        )
    several = settings.devices * settings.nodes > 1
    return "ddp" if several and settings.strategy == "auto" else settings.strategy


def choose_precision(settings: TrainingSettings, gpu: bool) -> Precision:
    """Decide what ``auto`` is: bfloat16 on GPUs that have it, float16 on others, 32 bits on CPUs.

    Raises:
        SettingsError: ``16-mixed`` on the CPU.

    >>> choose_precision(TrainingSettings(), gpu=False)
    '32-true'
    """
    if settings.precision == "auto":
        if not gpu:
            return "32-true"
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    if settings.precision == "16-mixed" and not gpu:
        raise SettingsError(
            "training.precision = 'auto', '32' or 'bf16-mixed' on the CPU",
            "training.precision = '16-mixed'",
            "Leave it at 'auto', or train on a GPU",
        )
    return "32-true" if settings.precision == "32" else settings.precision


def tune_for_gpu(network: nn.Module) -> None:
    """Let matrix products round to TF32 and lay the weights out as convolutions on GPUs like it."""
    torch.set_float32_matmul_precision("high")
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's hints to itself, and let a training that was stopped say so.

    Left out: advice that does not fit (more workers: the store reads at memory speed; an unused
    GPU: the settings say so) and its log lines. Errors come through. Lightning turns an interrupt
    into ``sys.exit(1)`` and leaves the signal ignored; both are undone. SIGTERM, with which
    schedulers end a job, it turns into an exit with status 0, as if all were done; that becomes an
    interrupt too.
    """
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    in_main_thread = threading.current_thread() is threading.main_thread()
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PossibleUserWarning)
            warnings.filterwarnings("ignore", message=".*(GPU|MPS) available but not used.*")
            # Lightning calls torch in a way that torch is about to take back.
            warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
            yield
    except SystemExit as stop:
        asked = isinstance(stop, SIGTERMException)
        if asked or isinstance(stop.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if in_main_thread:
            signal.signal(signal.SIGINT, on_interrupt)


def process_rank() -> int:
    """Number of this process among those that train together; 0 writes the files."""
    return int(getattr(rank_zero_only, "rank", 0))


def _use_gpu(settings: TrainingSettings) -> bool:
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    gpu = settings.accelerator == "gpu" or (settings.accelerator == "auto" and found > 0)
    if gpu and found < settings.devices:
        raise SettingsError(
            f"{plural(settings.devices, 'GPU')} for training.devices = {settings.devices}"
            if settings.devices > 1
            else "a GPU for training.accelerator = 'gpu'",
            f"{found} found",
            "Set training.devices to what there is, or training.accelerator = 'auto' or 'cpu'",
        )
    return gpu
