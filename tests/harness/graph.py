"""What a platform publishes of its GraphQL schema, to check twins and connectors against."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from crewhall.demo.twins import Exchange
from tests.harness.specification import provider_folder

LEAVES: dict[str, type | tuple[type, ...]] = {"Int": int, "Float": (int, float), "String": str, "ID": str, "Boolean": bool}


def schema_of(path: str) -> Callable[[], Callable[[Exchange], list[str]]]:
    """A judge of exchanges: the question must be valid with its variables, the answer must have the shape that was asked for."""

    def judge() -> Callable[[Exchange], list[str]]:
        schema = build_schema((provider_folder() / path).read_text("utf-8"))
        return lambda exchange: list(faults(schema, exchange))

    return judge


def faults(schema: GraphQLSchema, exchange: Exchange) -> Iterator[str]:
    asked = json.loads(exchange.body)
    document = parse(asked["query"])
    yield from (error.message for error in validate(schema, document))
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    coerced = get_variable_values(schema, list(operation.variable_definitions or ()), asked.get("variables") or {})
    if isinstance(coerced, list):
        yield from (error.message for error in coerced)
    answer = json.loads(exchange.answer)
    if isinstance(answer.get("data"), dict):
        root = schema.query_type if operation.operation.value == "query" else schema.mutation_type
        assert root is not None
        yield from _of_object(schema, root, operation.selection_set, answer["data"], "data")


def _of_object(schema: GraphQLSchema, kind: Any, selection: SelectionSetNode, value: dict[str, Any], where: str) -> Iterator[str]:
    wanted: set[str] = set()
    for one in selection.selections:
        if isinstance(one, InlineFragmentNode):  # of some types only: what it holds may be there
            wanted |= {
                (part.alias or part.name).value for part in one.selection_set.selections if isinstance(part, FieldNode)
            } & value.keys()
            continue
        assert isinstance(one, FieldNode), "fragments with names are not read here"
        name = (one.alias or one.name).value
        wanted.add(name)
        if name not in value:
            yield f"{where} lacks {name}"
        else:
            yield from _of_value(schema, kind.fields[one.name.value].type, one, value[name], f"{where}.{name}")
    yield from (f"{where} holds {name}, which nobody asked for" for name in value.keys() - wanted)


def _of_value(schema: GraphQLSchema, kind: Any, node: FieldNode, value: Any, where: str) -> Iterator[str]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield f"{where} is null"
            return
        kind = kind.of_type
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for number, one in enumerate(value):
            yield from _of_value(schema, kind.of_type, node, one, f"{where}[{number}]")
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        assert node.selection_set is not None
        yield from _of_object(schema, kind, node.selection_set, value, where)
    elif isinstance(kind, GraphQLEnumType):
        if value not in kind.values:
            yield f"{where} is no {kind.name}: {value}"
    elif kind.name in LEAVES and not isinstance(value, LEAVES[kind.name]):
        yield f"{where} is no {kind.name}: {value!r}"
