"""check_references(): what a node's placeholders refer to is there, and what it was given is used.

A node is a struct here: `label` (text), `args`, `env`, `ports`, `ready`, `exports`, `secrets`, `files` (names),
`deps` (the nodes' dicts by name) and `databases` (labels by name).
"""

load("//bazel/private:placeholders.bzl", "VERBS", "placeholders")

# Where the process itself reads them; the others are read by those who start it or talk to it.
_TOLD = ["args", "env"]

def check_references(node):
    """Fails for a placeholder that refers to nothing, and for what no placeholder refers to.

    With `files` only the former: which of the rest a template names is seen when it is rendered.

    Args:
      node: the node.
    """
    references = []
    for where, text in _texts(node):
        what = "%s: %s = %s" % (node.label, where, repr(text))
        result = placeholders(text)
        if result.error:
            fail("%s: %s" % (what, result.error))
        for found in result.found:
            port = _check(node, "%s: %s" % (what, found.text), where, found)
            references.append(struct(
                name = found.name,
                part = port or found.part,
                told = where.split(" ")[0] in _TOLD,
                verb = found.verb,
            ))
    _check_files(node, references)
    if not node.files:
        _check_deps(node, references)
        _check_databases(node, references)
        _check_secrets(node, references)
        for port in node.ports:
            _check_delivery(node, port, references)

def _texts(node):
    """Gives the texts with placeholders and what they are called."""
    command = node.ready.get("command", []) if node.ready else []
    return (
        [("args", text) for text in node.args] +
        [("env " + name, text) for name, text in node.env.items()] +
        [("exports " + name, text) for name, text in node.exports.items()] +
        [("ready command", text) for text in ([command] if type(command) == "string" else command)]
    )

def one_of(choices, none):
    """Gives "choose one of a, b", or what to say where there is nothing to choose from.

    Args:
      choices: names.
      none: the other text.

    Returns:
      The text.
    """
    return "choose one of " + ", ".join(sorted(choices)) if choices else none

def default_port(ports):
    """Gives the port that is meant where none is named: the only one, or "main"; else None.

    Args:
      ports: dict of ports.

    Returns:
      A name or None.
    """
    return list(ports)[0] if len(ports) == 1 else ("main" if "main" in ports else None)

def reported_ports(pattern, ports):
    """Gives what the named groups of a log's pattern stand for.

    Args:
      pattern: a regular expression.
      ports: dict of ports.

    Returns:
      The groups' names; "port" is the only port.
    """
    groups = [rest.partition(">")[0] for rest in pattern.split("(?P<")[1:]]
    return [list(ports)[0] if group == "port" and len(ports) == 1 else group for group in groups]

def _check(node, what, where, found):
    """Fails if a placeholder refers to nothing; gives the name of the port that it refers to, if it does."""
    kind = VERBS[found.verb]
    if kind == "own port" and where.split(" ")[0] not in _TOLD:
        fail("%s: a socket is inherited by the process alone; use it in args or env" % what)
    if found.name and found.name in node.databases:
        if found.verb != "url" or found.part:
            fail("%s: \"%s\" is a database (%s), which has {url:%s} only" % (what, found.name, node.databases[found.name], found.name))
        return None
    if found.name and found.name not in node.deps:
        names = list(node.deps) + (list(node.databases) if found.verb == "url" else [])
        fail("%s: \"%s\" is no %s; %s" % (
            what,
            found.name,
            "dep and no database" if found.verb == "url" else "dep",
            one_of(names, "add the target to deps" + (" or databases" if found.verb == "url" else "")),
        ))
    other = node.deps[found.name] if found.name else None
    owner = other["label"] if other else node.label
    if kind in ["others' port", "own port", "port"]:
        return _port(what, owner, other["ports"] if other else node.ports, found)
    if kind == "export" and found.part not in other["exports"]:
        fail("%s: %s has no export \"%s\"; %s" % (what, owner, found.part, one_of(
            other["exports"],
            "give it exports = {\"%s\": ...}" % found.part,
        )))
    if kind == "secret" and found.part not in (other["secrets"] if other else node.secrets):
        fail("%s: %s has no secret \"%s\"; %s" % (what, owner, found.part, one_of(
            other["secrets"] if other else node.secrets,
            "give it secrets = [\"%s\"]" % found.part,
        )))
    if kind == "file" and found.part not in node.files:
        fail("%s: it has no file \"%s\"; %s" % (what, found.part, one_of(
            node.files,
            "give it files = {\":TEMPLATE\": \"%s\"}" % found.part,
        )))
    return None

def _port(what, owner, ports, found):
    """Gives the name of the port that a placeholder refers to."""
    if not ports:
        fail("%s: %s has no ports; give it some, or leave the placeholder out%s" % (
            what,
            owner,
            " and move it from deps to after" if found.name else "",
        ))
    port = found.part or default_port(ports)
    if not port:
        fail("%s: %s has several ports and none called main; write {%s:%s.PORT} with one of %s" % (
            what,
            owner,
            found.verb,
            found.name,
            ", ".join(sorted(ports)),
        ))
    if port not in ports:
        fail("%s: %s has no port \"%s\"; %s" % (what, owner, port, one_of(ports, "")))
    if ports[port] == "unix" and found.verb in ["host", "port"]:
        fail("%s: port \"%s\" of %s is a Unix socket, which has no %s; use {address} or {url}" % (
            what,
            port,
            owner,
            found.verb,
        ))
    return port

def _check_deps(node, references):
    for name, other in node.deps.items():
        if other["ports"] and name not in [reference.name for reference in references]:
            fail("%s: deps has %s, whose address it is never told; put {url:%s} into args or env, or move it to after" % (
                node.label,
                other["label"],
                name,
            ))

def _check_databases(node, references):
    for name, label in node.databases.items():
        if name not in [reference.name for reference in references]:
            fail("%s: databases has %s, whose URL it is never told; put {url:%s} into args or env, or drop it" % (
                node.label,
                label,
                name,
            ))

def _check_secrets(node, references):
    used = [reference.part for reference in references if reference.verb == "secret" and not reference.name]
    for name in node.secrets:
        if name not in used:
            fail("%s: secrets has \"%s\", which it is never told; put {secret:%s} into args or env, or drop it" % (
                node.label,
                name,
                name,
            ))

def _check_files(node, references):
    used = [reference.part for reference in references if reference.verb == "file"]
    for name in node.files:
        if name not in used and "folder" not in [reference.verb for reference in references]:
            fail("%s: files has \"%s\", whose path it is never told; put {file:%s} (or {folder}, where it lies) into args or env, or drop it" % (
                node.label,
                name,
                name,
            ))

def _check_delivery(node, port, references):
    """Fails unless the process and its dependents agree on a port in one way."""
    own = [reference.verb for reference in references if reference.told and not reference.name and reference.part == port]
    told = [verb for verb in own if verb in ["address", "fd", "port", "url"]]
    log = node.ready.get("log", "") if node.ready else ""
    reported = port in reported_ports(log, node.ports)
    suffix = "" if port == default_port(node.ports) else ":.%s" % port
    if told and reported:
        fail("%s: port \"%s\" is told with {%s%s} and reported by ready's log; keep one of the two" % (
            node.label,
            port,
            told[0],
            suffix,
        ))
    if not told and not reported:
        forms = ["address", "url", "fd"] if node.ports[port] == "unix" else ["port", "address", "url", "fd"]
        report = "" if node.ports[port] == "unix" else "; or let it bind port 0 and report: ready = {\"log\": r\"listening on .*:(?P<%s>\\d+)\"}" % port
        fail("%s: port \"%s\" is delivered in no way; put one of %s (%s: a socket that listens when it does) into args or env%s" % (
            node.label,
            port,
            ", ".join(["{%s%s}" % (form, suffix) for form in forms]),
            "fd",
            report,
        ))
