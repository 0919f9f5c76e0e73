"""How long the steps of the intake took."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kb.store import Base


class StepTime(Base):
    """How many mails took how long in a step of the intake, all processes together."""

    __tablename__ = "step_time"

    step: Mapped[str] = mapped_column(String(20), primary_key=True)  # triage.intake.steps.STEPS
    up_to: Mapped[float] = mapped_column(
        primary_key=True
    )  # seconds, each of these mails no longer, and longer than the limit before
    mails: Mapped[int]
    seconds: Mapped[float]  # of these mails together
