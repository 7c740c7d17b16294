"""The input as models."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def moment(value):
    if not MOMENT.fullmatch(value):
        raise ValueError("not a date-time")
    datetime.fromisoformat(re.sub(r"\.\d+", "", value).replace("Z", "+00:00"))
    return value


def printable(value):
    if any(c < " " for c in value):
        raise ValueError("control characters")
    return value


Id = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
Moment = Annotated[str, AfterValidator(moment)]
Customer = Annotated[str, StringConstraints(min_length=1, max_length=1000),
                     AfterValidator(printable)]


class Base(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    orderId: Id


class Created(Base):
    type: Literal["OrderCreated"]
    customer: Customer
    createdAt: Moment


class Updated(Base):
    """A customer that is not given is none; null is not allowed."""

    type: Literal["OrderUpdated"]
    updatedAt: Moment
    customer: Customer = None


class Deleted(Base):
    type: Literal["OrderDeleted"]


COMMAND = TypeAdapter(Annotated[Created | Updated | Deleted, Field(discriminator="type")])


class Event(BaseModel):
    model_config = ConfigDict(extra="allow")
    eventId: str
    orderId: Id
    version: int = Field(ge=1)
    type: Literal["OrderCreated", "OrderUpdated", "OrderDeleted"]
