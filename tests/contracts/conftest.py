"""What the Web API's description and its recorded answers say an answer has to look like."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml

SHARED = Path(__file__).parents[2] / ".." / "shared" / "api"
REMOVED = {
    "track": {"popularity", "available_markets", "linked_from"},
    "album": {"popularity", "label", "available_markets", "album_group"},
    "artist": {"popularity", "followers"},
    "user": {"country", "email", "product", "explicit_content", "followers"},
    "playlist": {"tracks"},
    "row": {"track"},
}
"""What a Development Mode app does not get, by the type of the object it was part of."""


class Shape:
    """What recorded answers have at one place: which fields always, which ever, whether null."""

    def __init__(self) -> None:
        self.null_seen = False
        self.counts: dict[str, int] = {}
        self.keys: dict[str, Counter[str]] = {}
        self.children: dict[tuple[str, str], Shape] = {}
        self.items: Shape | None = None

    def add(self, value: object) -> None:
        if value is None:
            self.null_seen = True
        elif isinstance(value, list):
            self.items = self.items or Shape()
            for item in value:
                self.items.add(item)
        elif isinstance(value, dict):
            kind = kind_of(value)
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.keys.setdefault(kind, Counter()).update(list(value))
            for key, item in value.items():
                self.children.setdefault((kind, key), Shape()).add(item)

    def always(self, kind: str) -> set[str]:
        count = self.counts.get(kind, 0)
        return {key for key, seen in self.keys.get(kind, Counter()).items() if seen == count > 0}

    def ever(self, kind: str) -> set[str]:
        return set(self.keys.get(kind, ()))


def kind_of(value: dict[str, object]) -> str:
    if "added_by" in value:
        return "row"
    if value.get("is_local"):
        return "local"
    if value.get("type") == "album" and value.get("id") is None:
        return "local album"
    return str(value.get("type", ""))


class Description:
    """The OpenAPI description with the recorded answers beside it."""

    def __init__(self, folder: Path) -> None:
        text = (folder / "spotify-openapi-2026-05.yml").read_text(encoding="utf-8")
        self.document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.recorded = folder / "recorded"
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self.vocabulary: dict[str, dict[str, bool]] = {}
        for file in sorted(self.recorded.glob("*.json")):
            self._note(json.loads(file.read_text(encoding="utf-8")))
        self.paths = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    def _note(self, value: object) -> None:
        """Enter every field of every kind of object, and whether it was ever null."""
        if isinstance(value, list):
            for item in value:
                self._note(item)
        elif isinstance(value, dict):
            fields = self.vocabulary.setdefault(kind_of(value), {})
            for key, item in value.items():
                fields[key] = fields.get(key, False) or item is None
                self._note(item)

    def shape(self, *names: str) -> Shape:
        if names in self.shapes:
            return self.shapes[names]
        shape = self.shapes[names] = Shape()
        for name in names:
            shape.add(json.loads((self.recorded / f"{name}.json").read_text(encoding="utf-8")))
        return shape

    def problems(
        self, method: str, path: str, status: int, body: object, shape: Shape, *, extended: bool
    ) -> list[str]:
        """Everything that an answer to an operation has and should not, or has not and should."""
        template = next(template for pattern, template in self.paths if pattern.match(path))
        responses = self.document["paths"][template][method.lower()]["responses"]
        if str(status) not in responses:
            return [f"{method} {template} answers {status}, not one of {', '.join(responses)}"]
        response = self._resolved(responses[str(status)])
        if "content" not in response:
            return [] if body is None else [f"{method} {template} answers with a body"]
        schema = response["content"]["application/json"]["schema"]
        return list(self._walk(body, schema, shape, template, extended))

    def limit(self, operation: str) -> int | None:
        """The most rows that a page of an operation may have."""
        method, path = operation.split()
        template = next(template for pattern, template in self.paths if pattern.match(path))
        for given in self.document["paths"][template][method.lower()].get("parameters", ()):
            parameter = self._resolved(given)
            if parameter["name"] == "limit":
                most: int | None = parameter["schema"].get("maximum")
                return most
        return None

    def _resolved(self, node: dict) -> dict:
        while "$ref" in node:
            _, _, kind, name = node["$ref"].split("/")
            node = self.document["components"][kind][name]
        return node

    def _flat(self, schema: dict) -> dict:
        """A schema with its references resolved and its `allOf` merged into one."""
        schema = dict(self._resolved(schema))
        for part in schema.pop("allOf", ()):
            flat = self._flat(part)
            properties = {**flat.get("properties", {}), **schema.get("properties", {})}
            required = [*flat.get("required", ()), *schema.get("required", ())]
            schema = {**flat, **schema, "properties": properties, "required": required}
        return schema

    def _walk(self, value, schema, shape, path, extended):
        schema = self._flat(schema)
        if value is None:
            nullable = schema.get("nullable") or "`null`" in schema.get("description", "")
            if not nullable and not (shape and shape.null_seen):
                yield f"{path} is null"
            return
        if "oneOf" in schema:
            schema = self._variant(value, schema["oneOf"])
        leaf = {key: schema[key] for key in ("type", "enum", "pattern") if key in schema}
        yield from (
            f"{path}: {error.message[:200]}"
            for error in jsonschema.Draft202012Validator(leaf).iter_errors(value)
        )
        if isinstance(value, list):
            inner = shape.items if shape else None
            for number, item in enumerate(value):
                place = f"{path}[{number}]"
                yield from self._walk(item, schema.get("items", {}), inner, place, extended)
        elif isinstance(value, dict):
            yield from self._fields(value, schema, shape, path, extended)

    def _variant(self, value, variants):
        flats = [self._flat(variant) for variant in variants]
        for flat in flats:
            kinds = flat.get("properties", {}).get("type", {}).get("enum", [])
            if value.get("type") in kinds:
                return flat
        return flats[0]

    def _fields(self, value, schema, shape, path, extended):
        kind = kind_of(value)
        removed = REMOVED.get({"local": "track", "local album": "album"}.get(kind, kind), set())
        known = set(schema.get("properties", {}))
        # What is documented of albums does not hold for those of local files, as recorded.
        required = set() if kind == "local album" else set(schema.get("required", ()))
        if shape:
            known |= shape.ever(kind)
            required |= shape.always(kind)
        if not extended:
            required -= removed
            yield from (f"{path}.{name} was removed" for name in sorted(removed & set(value)))
        if known:
            known |= set(self.vocabulary.get(kind, ())) if kind else set()
            yield from (f"{path}.{name} is unknown" for name in sorted(set(value) - known))
        yield from (f"{path}.{name} is missing" for name in sorted(required - set(value)))
        for name, member in value.items():
            inner = shape.children.get((kind, name)) if shape else None
            part = schema.get("properties", {}).get(name, {})
            if member is None and self.vocabulary.get(kind, {}).get(name):
                continue
            yield from self._walk(member, part, inner, f"{path}.{name}", extended)


@pytest.fixture(scope="session")
def description() -> Description:
    """The description of the Web API and its recorded answers."""
    if not (SHARED / "spotify-openapi-2026-05.yml").is_file():
        pytest.skip("the description of the Web API is not part of the project")
    return Description(SHARED)
