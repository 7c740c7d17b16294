"""The routes of an application behind one route for all paths are read from its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.adopt.code_routes import routes_in_code

EXPRESS = """
const app = express()
app.use(express.json())
app.post('/orders', create)
app.get("/orders/:id", asyncHandler(async (req, res) => {}))
ordersRouter.delete(`/orders/:id`, remove)
cache.get("/not/a/route/of/an/app", 1)
client.post(url)
"""
CHAINED = """
const app = express()
  .use(parser.json())

  .post("/orders", create)
  .get('/orders/:id', show);
"""
FLASK = """
@app.route("/orders", methods=["POST"])
def create(): ...
@bp.route('/orders/<int:order_id>')
def show(order_id): ...
"""
FASTAPI = """
@router.put("/orders/{order_id}")
def change(order_id: str): ...
"""
SPRING = """
@RestController
@RequestMapping("/v1/orders")
public class Orders {
    @RequestMapping(path = "/create", method = RequestMethod.POST)
    public Order create(@RequestBody Order order) {}
    @GetMapping("/{orderId}")
    public Order show(@PathVariable String orderId) {}
    @DeleteMapping(path = "/{orderId:[a-z]+}")
    public void remove() {}
    @PostMapping
    public Order add() {}
}
"""


class TestFrameworks:
    @pytest.mark.parametrize(("file", "source", "routes"), [
        ("app.ts", EXPRESS, ["POST /orders", "GET /orders/{id}", "DELETE /orders/{id}"]),
        ("app.js", CHAINED, ["POST /orders", "GET /orders/{id}"]),
        ("app.js", CHAINED.replace("express()", "client()"), []),
        ("app.py", FLASK, ["POST /orders", "GET /orders/{order_id}"]),
        ("app.py", FASTAPI, ["PUT /orders/{order_id}"]),
        ("Orders.java", SPRING, ["GET /v1/orders/{orderId}", "DELETE /v1/orders/{orderId}",
                                 "POST /v1/orders", "POST /v1/orders/create"]),
    ], ids=["Express", "a chain", "a client", "Flask", "FastAPI", "Spring"])
    def test_found(self, tmp_path: Path, file: str, source: str, routes: list[str]) -> None:
        """Each route has its method, and a path with parameters in braces."""
        folder = tmp_path / "src" / "main"
        folder.mkdir(parents=True)
        (folder / file).write_text(source, "utf-8")
        found = routes_in_code(tmp_path)
        assert [f"{method} {each.path}" for (method, _), each in found.items()] == routes

    @pytest.mark.parametrize("folder", ["node_modules/express", "tests", "build"])
    def test_left_out(self, tmp_path: Path, folder: str) -> None:
        """Packages, tests and what was built hold no routes of the application's own."""
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "app.js").write_text(EXPRESS, "utf-8")
        assert routes_in_code(tmp_path) == {}
