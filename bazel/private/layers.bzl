"""LAYERS: what each layer of a suite means to Bazel."""

LAYERS = {
    "e2e": struct(size = "large", tags = []),
    "integration": struct(size = "medium", tags = []),
    # exclusive: a measurement beside other tests measures them too.
    "perf": struct(size = "large", tags = ["exclusive"]),
    "unit": struct(size = "small", tags = []),
}
