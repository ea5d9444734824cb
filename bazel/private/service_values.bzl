"""check_values(): a node's plain values are such as can be started; each error says which are."""

load("//bazel/private:references.bzl", "default_port", "one_of", "reported_ports")

_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"]
_READY = {
    "command": "a command line that exits with 0",
    "http": "a path that answers 2xx",
    "log": "a regular expression of a line",
    "tcp": "the name of a port",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
_IN_PATHS = _LETTERS + "!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~"

def check_values(node):
    """Fails for a value that no node can have.

    Args:
      node: a struct of `label`, `name` and the attributes of `service_node`.
    """
    _check_name(node.label, "name", node.name)
    for port, scheme in node.ports.items():
        _check_name(node.label, "ports", port)
        if not scheme or [char for char in scheme.elems() if char not in _LETTERS + "+"]:
            fail("%s: ports = {\"%s\": %s}: the scheme of its URLs is expected, such as http, grpc or tcp, or unix for a Unix socket" % (
                node.label,
                port,
                repr(scheme),
            ))
    for secret in node.secrets:
        _check_name(node.label, "secrets", secret)
    for export in node.exports:
        _check_name(node.label, "exports", export)
    for variable in node.env:
        if not variable or "=" in variable:
            fail("%s: env has \"%s\", which no variable can be called; give a name without =" % (node.label, variable))
    for file in node.files:
        if not file or "/" in file or "\\" in file or file in [".", ".."]:
            fail("%s: files: \"%s\" is no file name; give one without folders" % (node.label, file))
    if node.stop_signal not in _SIGNALS:
        fail("%s: stop_signal = \"%s\" is unknown; choose one of %s" % (node.label, node.stop_signal, ", ".join(_SIGNALS)))
    for attribute, least in {"instances": 1, "ready_timeout": 1, "stop_grace": 0, "timeout": 1}.items():
        value = getattr(node, attribute)
        if value < least:
            fail("%s: %s = %d is too small; give %d or more" % (node.label, attribute, value, least))
    if not node.exit_codes or [code for code in node.exit_codes if code < 0 or code > 255]:
        fail("%s: exit_codes = %s: one or more of 0 to 255 are expected" % (node.label, node.exit_codes))
    if node.ready != None:
        _check_ready(node.label, node.ready, node.ports)

def _check_name(label, attribute, name):
    if not name or [char for char in name.elems() if char not in _LETTERS]:
        fail("%s: %s: \"%s\" is a name that placeholders can't have; use letters, digits, _ and - only" % (label, attribute, name))

def _check_ready(label, ready, ports):
    what = "%s: ready = %s" % (label, ready)
    choices = ", ".join(["%s (%s)" % (kind, _READY[kind]) for kind in sorted(_READY)])
    if type(ready) != "dict":
        fail("%s is no dict; give one with one of %s" % (what, choices))
    kinds = [key for key in ready if key in _READY]
    if len(kinds) != 1:
        fail("%s has %s; give exactly one of %s" % (what, " and ".join(kinds) or "no condition", choices))
    kind = kinds[0]
    also = ["port", "status"] if kind == "http" else []
    for key in ready:
        if key != kind and key not in also:
            fail("%s: \"%s\" is unknown beside \"%s\"; %s" % (what, key, kind, one_of(also, "drop it")))
    value = ready[kind]
    commands = kind == "command" and type(value) == "list" and [part for part in value if type(part) == "string"] == value
    if not value or not (type(value) == "string" or commands):
        fail("%s: \"%s\" is expected to be %s" % (what, kind, _READY[kind]))
    if kind == "tcp":
        _check_port(what, value, ports)
    elif kind == "http":
        _check_http(what, ready, ports)
    elif kind == "log":
        _check_log(what, value, ports)

def _check_http(what, ready, ports):
    if not ready["http"].startswith("/"):
        fail("%s: \"http\" is expected to be a path; begin it with /" % what)
    if [char for char in ready["http"].elems() if char not in _IN_PATHS]:
        fail("%s: \"http\" has what no request can; percent-encode it: %%20 for a space" % what)
    status = ready.get("status", 200)
    if type(status) != "int" or status < 100 or status > 599:
        fail("%s: \"status\" is expected to be a number from 100 to 599" % what)
    port = ready.get("port") or default_port(ports)
    if port == None and ports:
        fail("%s: it has several ports and none called main; add \"port\", one of %s" % (what, ", ".join(sorted(ports))))
    _check_port(what, port, ports)
    if ports[port] == "https":
        fail("%s: port \"%s\" has https, and it is asked in plain HTTP; leave ready out (it is ready when it listens), or choose log or command" % (what, port))
    if ports[port] == "unix":
        fail("%s: port \"%s\" is a Unix socket, which has no URL that answers; leave ready out (it is ready when it listens), or choose log or command" % (what, port))

def _check_log(what, pattern, ports):
    for port in reported_ports(pattern, ports):
        if port not in ports:
            fail("%s: its group \"%s\" is no port; %s" % (what, port, one_of(ports, "drop the group's name, or give it ports")))
        if ports[port] == "unix":
            fail("%s: port \"%s\" is a Unix socket, which a log can't report; put {address:.%s} into args or env" % (what, port, port))

def _check_port(what, port, ports):
    if port not in ports:
        fail("%s: %s; %s" % (
            what,
            "it has no port \"%s\"" % port if port else "it has no port to ask",
            one_of(ports, "give it ports, or choose log or command"),
        ))
