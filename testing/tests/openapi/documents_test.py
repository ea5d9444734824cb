"""A document is read as it is written, and what is wrong in it is told with place and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.mocks.openapi import BadDocument, BadUse, load_document
from belljar.mocks.openapi.loading import bundle_of
from belljar.mocks.openapi.reading import Unreadable, read_text

HEAD = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\n'
OK = "responses: {200: {description: It}}"


def written(folder: Path, text: str, name: str = "spec.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["petshop.yaml", "deep.yaml", "modern.json", "tree/tree.yaml"])
def test_a_good_document_has_no_errors_and_no_warnings(documents: Path, name: str) -> None:
    document = load_document(documents / name)
    assert document.operations
    assert document.warnings == ()


def test_a_document_of_several_files_with_cycles_is_bundled_and_loads_again(
    documents: Path, tmp_path: Path
) -> None:
    document = load_document(documents / "tree/tree.yaml")
    bundle = written(tmp_path, bundle_of(document), "bundle.json")
    again = load_document(bundle)
    assert sorted(again.files) == [
        "paths.yaml",
        "schemas/node.json",
        "schemas/owner.yaml",
        "tree.yaml",
    ]
    assert [str(each) for each in again.operations] == ["GET /nodes/{id}"]


def test_yaml_is_read_as_json_would_be() -> None:
    text = "a: 2024-01-01\nb: yes\n200: 0x1F\non: true\nd: 1.5\ne: ~\nf: '1'\n"
    assert read_text(text).value == {
        "a": "2024-01-01",
        "b": "yes",
        "200": "0x1F",
        "on": True,
        "d": 1.5,
        "e": None,
        "f": "1",
    }


def test_lines_are_known_of_json_with_tabs() -> None:
    read = read_text('{\n\t"a": {\n\t\t"b": "\\ud83d\\ude00"\n\t}\n}')
    assert read.value == {"a": {"b": "\U0001f600"}}
    assert read.line_of(("a", "b")) == 3


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("a: b: c", 1, "can't be read"),
        ("a:\n\tb: c", 2, "can't be read"),
        ("a: &x [*x]", 1, "itself"),
        ("a: 1\n? [b]\n: c", 2, "no text"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read_text(text)
    assert caught.value.line == line
    assert caught.value.fix


BAD = {
    "swagger": ("swagger: '2.0'", 1, "/swagger", "Swagger 2.0", "convert"),
    "version": ("openapi: 4.0.0\ninfo: {}", 1, "/openapi", "'4.0.0'", "3.1.1"),
    "a number as version": ("openapi: 3.0", 1, "/openapi", "3.0", "in quotes"),
    "no info": ("openapi: 3.0.3\npaths: {}", 1, "", "no info", "add info"),
    "no paths": (HEAD, 1, "", "no paths", "add paths"),
    "an unknown field": (HEAD + "path: {}\npaths: {}", 3, "/path", "'path'", "write paths"),
    "a key twice": (HEAD + "paths: {}\npaths: {}", 4, "/paths", "twice", "drop one"),
    "a path without /": (HEAD + f"paths: {{a: {{get: {{{OK}}}}}}}", 3, "/paths/a", "begin", "/a"),
    "braces": (
        HEAD + f"paths: {{'/{{a': {{get: {{{OK}}}}}}}",
        3,
        "/paths/~1{a",
        "braces",
        "{name}",
    ),
    "two paths that are the same": (
        HEAD + "paths:\n  /a/{x}: {}\n  /a/{y}: {}",
        5,
        "/paths/~1a~1{y}",
        "same as /a/{x}",
        "one of them",
    ),
    "an undeclared path parameter": (
        HEAD + f"paths: {{'/a/{{id}}': {{get: {{{OK}}}}}}}",
        3,
        "/paths/~1a~1{id}/get",
        "{id}",
        "in: path",
    ),
    "a parameter that the path has not": (
        HEAD
        + "paths:\n  /a:\n    get:\n      parameters:\n"
        + "        - {name: id, in: path, required: true, schema: {}}\n      "
        + OK,
        5,
        "/paths/~1a/get",
        "no {id}",
        "drop it",
    ),
    "a path parameter that is optional": (
        HEAD
        + "paths:\n  /a/{id}:\n    parameters:\n      - {name: id, in: path, schema: {}}\n"
        + f"    get: {{{OK}}}",
        6,
        "/paths/~1a~1{id}/parameters/0",
        "not required",
        "required: true",
    ),
    "a body as a parameter": (
        HEAD + f"paths: {{/a: {{post: {{parameters: [{{name: b, in: body}}], {OK}}}}}}}",
        3,
        "/paths/~1a/post/parameters/0/in",
        "'body'",
        "requestBody",
    ),
    "a style that is not there": (
        HEAD
        + "paths: {/a: {get: {parameters: [{name: b, in: query, style: simple, schema: {}}], "
        + OK
        + "}}}",
        3,
        "/paths/~1a/get/parameters/0/style",
        "'simple'",
        "choose one of",
    ),
    "no responses": (HEAD + "paths: {/a: {get: {}}}", 3, "/paths/~1a/get", "no responses", "add"),
    "a status": (
        HEAD + "paths: {/a: {get: {responses: {ok: {description: It}}}}}",
        3,
        "/paths/~1a/get/responses/ok",
        "no status",
        "4XX",
    ),
    "no description": (
        HEAD + "paths: {/a: {get: {responses: {200: {}}}}}",
        3,
        "/paths/~1a/get/responses/200",
        "no description",
        "add description",
    ),
    "an operationId twice": (
        HEAD + f"paths:\n  /a: {{get: {{operationId: x, {OK}}}}}\n"
        f"  /b: {{get: {{operationId: x, {OK}}}}}",
        5,
        "/paths/~1b/get/operationId",
        "'x'",
        "of its own",
    ),
    "security that is not declared": (
        HEAD + f"paths: {{/a: {{get: {{security: [{{key: []}}], {OK}}}}}}}",
        3,
        "/paths/~1a/get/security/0/key",
        "no security scheme 'key'",
        "securitySchemes",
    ),
    "a reference to nothing": (
        HEAD
        + "paths: {}\ncomponents:\n  schemas:\n    Pet: {}\n    A: {$ref: '#/components/schemas/Pets'}",
        7,
        "/components/schemas/A",
        "points to nothing",
        "write Pet",
    ),
    "a reference to an address": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {$ref: 'https://example.com/a.yaml'}",
        6,
        "/components/schemas/A",
        "sealed",
        "copy of the file",
    ),
    "a reference to a file that is not there": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {$ref: 'other.yaml'}",
        6,
        "/components/schemas/A",
        "other.yaml can't be read",
        "data = [...]",
    ),
    "a reference to itself": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/A'}",
        6,
        "/components/schemas/A",
        "itself",
        "",
    ),
    "a schema that leads back to itself": (
        HEAD
        + "paths: {}\ncomponents:\n  schemas:\n    A: {allOf: [{$ref: '#/components/schemas/A'}]}",
        6,
        "/components/schemas/A",
        "back to itself",
        "properties or items",
    ),
    "a schema of endless values": (
        HEAD
        + "paths: {}\ncomponents:\n  schemas:\n    A: {type: object, required: [a], properties: "
        + "{a: {$ref: '#/components/schemas/A'}}}",
        6,
        "/components/schemas/A",
        "without end",
        "optional",
    ),
    "a type": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {type: strng}",
        6,
        "/components/schemas/A/type",
        "'strng'",
        "write string",
    ),
    "a type of 3.1": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {type: [string, 'null']}",
        6,
        "/components/schemas/A/type",
        "unknown",
        "nullable",
    ),
    "required as a flag": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {type: string, required: true}",
        6,
        "/components/schemas/A/required",
        "required",
        "list of the names",
    ),
    "an array without items": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {type: array}",
        6,
        "/components/schemas/A",
        "no items",
        "add items",
    ),
    "an example that does not fit": (
        HEAD + "paths: {}\ncomponents:\n  schemas:\n    A: {type: integer, example: x}",
        6,
        "/components/schemas/A/example",
        "does not fit",
        "mend",
    ),
    "an answer's example that does not fit": (
        HEAD
        + "paths:\n  /a:\n    get:\n      responses:\n        200:\n          description: It\n"
        + "          content: {application/json: {schema: {type: integer}, example: x}}",
        9,
        "/paths/~1a/get/responses/200/content/application~1json/example",
        "does not fit",
        "mend",
    ),
    "a server's variable": (
        HEAD + "servers: [{url: 'https://{host}/'}]\npaths: {}",
        3,
        "/servers/0/url",
        "{host}",
        "default",
    ),
    "an API key in a body": (
        HEAD + "paths: {}\ncomponents: {securitySchemes: {k: {type: apiKey, name: k, in: body}}}",
        4,
        "/components/securitySchemes/k/in",
        "'body'",
        "cookie, header, query",
    ),
    "a list for an object": (HEAD + "paths: []", 3, "/paths", "a list", "an object"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_told_with_line_place_and_fix(tmp_path: Path, mistake: str) -> None:
    text, line, pointer, words, fix = BAD[mistake]
    with pytest.raises(BadDocument) as caught:
        load_document(written(tmp_path, text))
    found = [
        problem
        for problem in caught.value.problems
        if problem.pointer == pointer and words in problem.message
    ]
    assert found, str(caught.value)
    assert (found[0].file, found[0].line) == ("spec.yaml", line)
    assert fix in found[0].fix
    assert f"spec.yaml:{line}: #{pointer}: " in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD + "path: {}\npaths: {a: {get: {}}}\n"
    with pytest.raises(BadDocument, match="3 errors"):
        load_document(written(tmp_path, text))


def test_a_mistake_in_another_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    written(tmp_path / "parts", "A:\n  type: strng\n", "a.yaml")
    text = HEAD + "paths: {}\ncomponents: {schemas: {A: {$ref: 'parts/a.yaml#/A'}}}"
    with pytest.raises(BadDocument, match=r"parts/a\.yaml:2: #/A/type") as caught:
        load_document(written(tmp_path, text))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("version", "schema", "words"),
    [
        ("3.1.0", "{type: string, nullable: true}", "nullable means nothing"),
        ("3.0.3", "{const: 1}", "belongs to OpenAPI 3.1"),
        ("3.0.3", "{type: string, enum: [a], nullable: true}", "null is not valid"),
        ("3.0.3", "{type: object, propertis: {}}", "'propertis'"),
        ("3.0.3", "{type: string, pattern: '(?<=a+)b'}", "can't be used"),
    ],
)
def test_what_is_odd_and_no_error_is_a_warning(
    tmp_path: Path, version: str, schema: str, words: str
) -> None:
    text = f'openapi: {version}\ninfo: {{title: T, version: "1"}}\npaths: {{}}\n'
    text += f"components: {{schemas: {{A: {schema}}}}}"
    warnings = load_document(written(tmp_path, text)).warnings
    assert len(warnings) == 1
    assert words in str(warnings[0])


def test_servers_of_an_operation_are_a_warning(tmp_path: Path) -> None:
    text = HEAD + f"paths: {{/a: {{get: {{servers: [{{url: /b}}], {OK}}}}}}}"
    (warning,) = load_document(written(tmp_path, text)).warnings
    assert warning.pointer == "/paths/~1a/get/servers"


def test_a_document_that_is_not_there_is_told() -> None:
    with pytest.raises(BadUse, match=r"no OpenAPI document nowhere\.yaml"):
        load_document("nowhere.yaml")
