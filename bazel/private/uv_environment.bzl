"""uv_environment(): variables that make uv trust the certificates that the machine trusts."""

# Where Linux distributions keep them: Debian, Alpine, Arch; Fedora; SUSE; others.
_BUNDLES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
]

# Any of these says already what uv is to trust.
_CHOSEN = ["SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS"]

def uv_environment(rctx):
    """Gives variables for a uv that reaches the index wherever pip does.

    Left to itself, uv trusts a list of its own, so an index behind a company's certificate is refused
    though pip reads it. Told to use the machine's list, it stops where there is none.

    Args:
      rctx: the repository context.

    Returns:
      A dict for `rctx.execute`; empty where the user chose, or there is nothing to choose.
    """
    for name in _CHOSEN:
        if rctx.os.environ.get(name):
            return {}
    given = rctx.os.environ.get("PIP_CERT")
    if given:
        return {"SSL_CERT_FILE": given}
    if rctx.os.name.startswith("linux") and not [file for file in _BUNDLES if rctx.path(file).exists]:
        return {}
    return {"UV_SYSTEM_CERTS": "1"}
