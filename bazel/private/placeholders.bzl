"""placeholders(): the `{verb:NAME.PART}` in a text, which stand for what is only known when a graph runs.

`{{` and `}}` are braces. Without NAME the node itself is meant.
"""

# Which forms each takes.
VERBS = {
    "address": "port",
    "export": "export",
    "fd": "own port",
    "file": "file",
    "folder": "word",
    "host": "port",
    "instance": "word",
    "name": "word",
    "port": "port",
    "secret": "secret",
    "url": "port",
    "urls": "others' port",
}

FORMS = {
    "export": "{export:NAME.KEY}",
    "file": "{file:FILENAME}",
    "others' port": "{%s:NAME} or {%s:NAME.PORT}",
    "own port": "{%s} or {%s:.PORT}",
    "port": "{%s}, {%s:.PORT}, {%s:NAME} or {%s:NAME.PORT}",
    "secret": "{secret:KEY} or {secret:NAME.KEY}",
    "word": "{%s}",
}

def form_of(verb):
    """Gives how a verb is written.

    Args:
      verb: one of `VERBS`.

    Returns:
      The text, for people.
    """
    return FORMS[VERBS[verb]].replace("%s", verb)

def placeholders(text):
    """Finds the placeholders of a text.

    Args:
      text: any string.

    Returns:
      A struct of `found`, a list of structs (text, verb, name, part), and `error`, what is wrong and
      what to write instead, or None.
    """
    found = []
    opened = -1
    second = False
    for at in range(len(text)):
        if second:
            second = False
        elif opened >= 0 and text[at] == "}":
            placeholder = _placeholder(text[opened + 1:at])
            if placeholder.error:
                return struct(error = placeholder.error, found = [])
            found.append(placeholder)
            opened = -1
        elif opened >= 0 and text[at] == "{":
            return struct(error = "a brace opens inside %s; write {{ for a brace" % repr(text[opened:at + 1]), found = [])
        elif opened < 0 and text[at:at + 2] in ["{{", "}}"]:
            second = True
        elif text[at] == "{":
            opened = at
        elif opened < 0 and text[at] == "}":
            return struct(error = "a lone } in %s; write }} for a brace" % repr(text), found = [])
    if opened >= 0:
        return struct(error = "%s is never closed; write {{ for a brace" % repr(text[opened:]), found = [])
    return struct(error = None, found = found)

def _placeholder(body):
    """Gives one placeholder, from what stands between its braces."""
    verb, colon, argument = body.partition(":")
    if verb not in VERBS:
        return struct(error = "{%s} has the unknown verb \"%s\"; choose one of %s, or write {{ for a brace" % (
            body,
            verb,
            ", ".join(sorted(VERBS)),
        ))
    kind = VERBS[verb]
    name, dot, part = argument.partition(".")
    if kind == "file" or (kind == "secret" and not dot):
        name, part = "", argument
    complete = {
        "export": name and part,
        "file": part,
        "others' port": name and (part or not dot),
        "own port": not colon or (not name and part),
        "port": not colon or part or (name and not dot),
        "secret": part,
        "word": not colon,
    }[kind]
    if not complete:
        return struct(error = "{%s} is incomplete or has too much; write %s" % (body, form_of(verb)))
    return struct(error = None, name = name, part = part, text = "{%s}" % body, verb = verb)
