"""JSON Schemas that pydantic writes of its models, each with objects of the model as pydantic writes them.

    pip install pydantic==2.14.4
    python packages/models/goldens/make_schemas.py

Writes schemas.json beside this file.
"""

import datetime
import enum
import json
import pathlib
import uuid
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import AnyUrl, BaseModel, ConfigDict, Field, IPvAnyAddress


class Color(enum.Enum):
    red = "red"
    code = 2


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = Field(9, ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    weight: float = Field(gt=0, multiple_of=0.5)


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Z]")]
    pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]
    favorite: Optional[Color] = None


class Node(BaseModel):
    value: int
    children: list["Node"] = []


class Texts(BaseModel):
    day: datetime.date
    at: datetime.datetime
    took: datetime.timedelta
    key: uuid.UUID
    page: AnyUrl
    address: IPvAnyAddress
    file: pathlib.Path


class Containers(BaseModel):
    pair: tuple[int, str]
    scores: Annotated[dict[str, float], Field(min_length=1, max_length=3)]
    by_color: dict[Literal["red", "blue"], int]
    by_key: dict[Annotated[str, Field(pattern="^k_", min_length=3)], bool]
    colors: set[Literal["red", "blue", "green"]]
    steps: Annotated[list[Annotated[int, Field(multiple_of=5)]], Field(max_length=2)]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int
    b: Any = None


OBJECTS = [
    Owner(name="Ada", pets=[Cat(lives=3), Dog(kind="dog", weight=12.5)], favorite=Color.code),
    Owner(name="Bo", pets=[]),
    Node(value=1, children=[Node(value=-2), Node(value=3, children=[Node(value=4)])]),
    Texts(
        day=datetime.date(2024, 2, 29),
        at=datetime.datetime(2024, 1, 31, 23, 59, 1, 500000, datetime.timezone.utc),
        took=datetime.timedelta(days=3, hours=4),
        key=uuid.UUID("123e4567-e89b-12d3-a456-426614174000"),
        page="https://example.org/a?b=c#d",
        address="::1",
        file="/tmp/a b",
    ),
    Containers(
        pair=(1, 'a"b'),
        scores={"first": 0.5, "é": -1},
        by_color={"red": 1},
        by_key={"k_1": True, "k_22": False},
        colors={"blue"},
        steps=[10, -5],
    ),
    Open(a=1, b=[None], c={"d": 2}),
]

written = {}
for one in OBJECTS:
    kind = type(one)
    entry = written.setdefault(kind.__name__, {"schema": kind.model_json_schema(), "texts": []})
    entry["texts"].append(one.model_dump_json())
path = pathlib.Path(__file__).with_name("schemas.json")
path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
