// SPDX-License-Identifier: Apache-2.0
// Finds GELU written with Erf, in any order of its factors.
#include <cmath>
#include <numbers>

#include "network/passes.hpp"

namespace ctffr::network {

namespace {

// Exporters round the constants to half precision at worst.
bool near(double value, double wanted) { return std::abs(value - wanted) < 5e-4 * std::abs(wanted); }

class GeluMatch {
   public:
    GeluMatch(const Graph& graph, const Links& links) : graph_(graph), links_(links) {}

    // For an Erf node: the value x, and the node whose result is GELU of x. False: no match.
    bool match(const Node& erf, int& x, int& last) const {
        if (!scaled_from(erf.inputs[0], 1 / std::numbers::sqrt2, x)) return false;
        // The products grow from 1 + erf by x and by 1/2, in either order, or by x/2 at once.
        int at = user(erf.outputs[0]);
        if (at < 0 || !adds_one(node(at), erf.outputs[0])) return false;
        bool halved = false, multiplied = false;
        while (!halved || !multiplied) {
            const int before = node(at).outputs[0];
            const int next = user(before);
            if (next < 0) return false;
            int half_of = -1;
            const Node& product = node(next);
            const int other = other_factor(product, before);
            if (!multiplied && other == x) {
                multiplied = true;
            } else if (!multiplied && !halved && other >= 0 && scaled_from(other, 0.5, half_of) &&
                       half_of == x) {
                multiplied = halved = true;
            } else if (!halved && scaled_from(product.outputs[0], 0.5, half_of) && half_of == before) {
                halved = true;
            } else {
                return false;
            }
            at = next;
        }
        last = at;
        return value_of(graph_, node(at).outputs[0]).shape == value_of(graph_, x).shape;
    }

   private:
    const Node& node(int n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }
    int user(int value) const { return links_.user[static_cast<std::size_t>(value)]; }

    // The single number that an input of a node is; NaN: it is not.
    double number(const Node& node, std::size_t input) const {
        const Tensor* tensor = constant_floats(graph_, node, input);
        return tensor && tensor->floats.size() == 1 ? tensor->floats[0] : std::nan("");
    }

    // True when `value` is factor * source, as a product or a quotient.
    bool scaled_from(int value, double factor, int& source) const {
        const int made_by = links_.producer[static_cast<std::size_t>(value)];
        if (made_by < 0) return false;
        const Node& n = node(made_by);
        if (n.op == "Mul") {
            for (const std::size_t k : {0u, 1u})
                if (near(number(n, k), factor)) {
                    source = n.inputs[1 - k];
                    return true;
                }
        } else if (n.op == "Div" && near(number(n, 1), 1 / factor)) {
            source = n.inputs[0];
            return true;
        }
        return false;
    }

    bool adds_one(const Node& n, int value) const {
        return n.op == "Add" && ((n.inputs[0] == value && near(number(n, 1), 1)) ||
                                 (n.inputs[1] == value && near(number(n, 0), 1)));
    }

    int other_factor(const Node& n, int value) const {
        if (n.op != "Mul") return -1;
        return n.inputs[0] == value ? n.inputs[1] : n.inputs[0];
    }

    const Graph& graph_;
    const Links& links_;
};

}  // namespace

void replace_gelu(Graph& graph) {
    const Links links(graph);
    const GeluMatch matcher(graph, links);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        int x = -1, last = -1;
        if (graph.nodes[n].op != "Erf" || !matcher.match(graph.nodes[n], x, last)) continue;
        Node& end = graph.nodes[static_cast<std::size_t>(last)];
        end = Node{"Gelu", end.name, {x}, end.outputs, {}, {}};
    }
    remove_dead(graph);
}

}  // namespace ctffr::network
