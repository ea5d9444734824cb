"""A factory is found by its model only where the test's own files reach it: what runs beside a test is no matter."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Told = Callable[..., list[str]]

SHOP = """
from dataclasses import dataclass

@dataclass
class Customer:
    name: str
    tier: str

@dataclass
class Order:
    customer: Customer
"""
GOLD = """
from belljar.data.factory import Factory, fixed
from shop import Customer

class GoldFactory(Factory[Customer]):
    tier = fixed("gold")
"""
BASIC = GOLD.replace("gold", "basic").replace("Gold", "Basic")
ASKS = "print('<', data.make(Customer).tier, '>')"
BESIDE = """
import gold, basic, shop
from shop import Customer

def test_beside(data):
    assert data.make(gold.GoldFactory).tier == "gold"
"""
TEST = "from shop import Customer\n"


@pytest.fixture
def told(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what the tests of some files print between < and >, of `shop_test.py` and whatever is run beside."""
    for name in list(os.environ):
        if name.startswith(("BELLJAR_", "TEST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makepyfile(shop=SHOP, gold=GOLD, basic=BASIC, beside_test=BESIDE)

    def told(*arguments: str) -> list[str]:
        plugins = ("-p", "belljar.data.plugin", "-s", "-q")
        result = pytester.runpytest_subprocess(*plugins, *(arguments or ("shop_test.py",)))
        assert result.ret == 0, result.stdout.str()
        return re.findall(r"< (.+?) >", result.stdout.str())

    return told


REACHED = {
    "in the test's own module": (GOLD.replace("import", "import", 1), ""),
    "in what it imports": (TEST + "import gold\n", ""),
    "by way of another module": (TEST + "import helpers\n", ""),
    "by a package": (TEST + "from package import inner\n", ""),
    "by a package's relative import": (TEST + "from package import other\n", ""),
    "in a conftest.py above it": (TEST, "import gold\n"),
    "by a plugin of its conftest.py": (TEST, "pytest_plugins = ['gold']\n"),
    "in a try": (TEST + "try:\n    import gold\nexcept ImportError:\n    import basic\n", ""),
}


@pytest.mark.parametrize("way", REACHED)
def test_a_factory_is_found_where_the_tests_files_reach_it(
    told: Told, pytester: pytest.Pytester, way: str
) -> None:
    source, conftest = REACHED[way]
    pytester.makeconftest(conftest)
    pytester.makepyfile(helpers="import gold\n")
    package = pytester.mkpydir("package")
    (package / "inner.py").write_text("from gold import GoldFactory\n")
    (package / "other.py").write_text("from .inner import GoldFactory\n")
    pytester.makepyfile(shop_test=f"{source}\ndef test_a(data):\n    {ASKS}\n")
    assert told() == ["gold"]
    assert told("beside_test.py", "shop_test.py") == ["gold"]


UNREACHED = {
    "nothing is imported": TEST,
    "for type checkers alone": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gold\n",
    "a module imports it in a function": "import lazy\n",
}


@pytest.mark.parametrize("way", UNREACHED)
def test_a_factory_that_others_import_is_not_taken(
    told: Told, pytester: pytest.Pytester, way: str
) -> None:
    pytester.makepyfile(lazy="def later():\n    import gold\n")
    pytester.makepyfile(shop_test=f"{UNREACHED[way]}\n{TEST}def test_a(data):\n    {ASKS}\n")
    alone = told()
    assert alone not in (["gold"], ["basic"])
    assert told("beside_test.py", "shop_test.py") == alone
    assert told("shop_test.py", "beside_test.py") == alone


def test_an_import_in_a_function_counts_whether_it_has_run_or_not(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        shop_test=f"{TEST}\ndef test_a(data):\n    {ASKS}\n"
        f"def test_b(data):\n    from gold import GoldFactory\n    {ASKS}\n"
    )
    assert told() == ["gold", "gold"]
    assert told("beside_test.py", "shop_test.py") == ["gold", "gold"]
    assert told("shop_test.py::test_a") == ["gold"]


def test_an_import_in_a_function_that_has_no_factory_of_the_model_is_not_hurried(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(app="import os\nassert os.environ['READY'] == 'yes'\n")
    pytester.makepyfile(
        shop_test=f"{TEST}\ndef test_a(data, monkeypatch):\n    {ASKS}\n"
        "    monkeypatch.setenv('READY', 'yes')\n    import app\n"
    )
    assert len(told()) == 1


def test_objects_inside_of_others_follow_the_test(told: Told, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        orders="""
        from belljar.data.factory import Factory, one
        from shop import Customer, Order

        class OrderFactory(Factory[Order]):
            customer = one(Customer)
        """,
        shop_test="""
        import orders, shop

        def test_by_type(data):
            print("<", data.make(shop.Order).customer.tier, ">")

        def test_by_a_factory(data):
            print("<", data.make(orders.OrderFactory).customer.tier, ">")
        """,
        other_test="""
        import basic, orders

        def test_by_a_factory(data):
            print("<", data.make(orders.OrderFactory).customer.tier, ">")
        """,
    )
    alone = told()
    assert not {"gold", "basic"} & set(alone)
    assert told("beside_test.py", "other_test.py", "shop_test.py") == ["basic", *alone]


def test_a_fixture_of_a_plugin_brings_its_factories(told: Told, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        fixing=f"import gold, pytest\n{TEST}\n@pytest.fixture\ndef customer(data):\n"
        "    return data.make(Customer)\n",
        shop_test="def test_a(customer):\n    print('<', customer.tier, '>')\n",
    )
    assert told("-p", "fixing", "shop_test.py") == ["gold"]
    assert told("-p", "fixing", "beside_test.py", "shop_test.py") == ["gold"]


def test_two_that_are_reached_are_told_with_file_and_line(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        shop_test=f"import gold, basic, pytest\n{TEST}\ndef test_a(data):\n"
        "    with pytest.raises(Exception, match='there are 2 factories for Customer') as raised:\n"
        "        data.make(Customer)\n    print('<', str(raised.value).splitlines()[1], '>')\n"
    )
    (line,) = told()
    assert "basic.BasicFactory (basic.py:4)" in line
    assert "gold.GoldFactory (gold.py:4)" in line


def test_strategies_find_factories_from_where_they_are_written(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        drawn=f"import gold\n{TEST}from shop import Order\n"
        "from belljar.data.strategies import strategy_of\norders = strategy_of(Order)\n",
        shop_test=f"import basic, drawn\n{TEST}from shop import Order\nfrom hypothesis import find\n"
        "from belljar.data.strategies import strategy_of\n"
        "def test_a():\n    print('<', find(drawn.orders, lambda one: True).customer.tier, '>')\n"
        "def test_b():\n    print('<', find(strategy_of(Customer), lambda one: True).tier, '>')\n",
        plain_test=f"{TEST}from shop import Order\nfrom hypothesis import find\n"
        "from belljar.data.strategies import strategy_of\n"
        "def test_c():\n    print('< -', find(strategy_of(Order), lambda one: True).customer.tier, '>')\n",
    )
    pytester.makepyfile(basic=BASIC)
    with_two = told("plain_test.py", "shop_test.py::test_a")
    assert with_two[1:] == ["gold"]
    assert not {"- gold", "- basic"} & set(with_two)


def test_outside_of_a_test_the_file_that_asks_says_it(
    told: Told, pytester: pytest.Pytester
) -> None:
    script = (
        "from belljar.data import Draw\nfrom belljar.data.factory.making import make\n"
        f"{TEST}def tier():\n    return make(Draw(0, 'script'), Customer).tier\n"
    )
    pytester.makepyfile(
        plainly=script,
        with_gold=f"import gold\n{script}",
        shop_test="import basic, plainly, with_gold\n"
        "def test_a():\n    print('<', with_gold.tier(), '>', '<', plainly.tier(), '>')\n",
    )
    found, plain = told()
    assert found == "gold"
    assert plain not in ("gold", "basic")


def test_a_scenario_has_the_factories_that_it_imports_itself(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        small=f"import gold\n{TEST}def small(data):\n"
        "    return {'customers': [{'tier': data.make(Customer).tier}]}\n",
        shop_test="""
        import basic
        from pathlib import Path
        from sqlalchemy import create_engine, text

        def test_a(data):
            engine = create_engine("sqlite:///shop.db")
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE customers (tier TEXT)"))
            data.load(Path("small.py"), into=engine)
            with engine.connect() as connection:
                print("<", connection.scalar(text("SELECT tier FROM customers")), ">")
            engine.dispose()
        """,
    )
    assert told() == ["gold"]


def test_of_a_module_that_is_imported_again_the_last_one_holds(
    told: Told, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        shop_test=f"""
        import gc, importlib, pathlib, gold
        {TEST.strip()}
        before = gold.GoldFactory
        path = pathlib.Path(gold.__file__)

        def test_a(data):
            for tier in ("silver", "copper"):
                path.write_text(path.read_text().replace('"gold"', f'"{{tier}}"  '))
                importlib.reload(gold)
                path.write_text(path.read_text().replace(f'"{{tier}}"  ', '"gold"'))
                gc.collect()
                {ASKS}
        """
    )
    assert told("-p", "no:cacheprovider", "shop_test.py") == ["silver", "copper"]
