// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/mesh.hpp"
#include "support/round_lumen.hpp"

namespace ctffr {
namespace {

Run quiet() {
    Run run;
    run.log_sink = [](LogLevel, const std::string& text) { fmt::print("{}\n", text); };
    return run;
}

struct Solved {
    CoronaryTree tree;
    LumenSurface lumen;
    FlowProblem problem;
    FlowSolution reduced;
    SteadyFlow flow;
};

TEST(SolveSteady, YAgreesWithTheReducedModel) {
    Solved s;
    s.tree = test::small_tree();
    s.lumen = test::round_lumen(s.tree);
    s.problem = run_boundary(s.tree, s.lumen, {}, {}, {}, {});
    s.reduced = run_solve_reduced(s.tree, s.lumen, s.problem, {}, quiet());
    const FlowMesh mesh = run_mesh(s.lumen, s.tree, {}, quiet());
    for (bool from_reduced : {true}) {
        s.flow = run_solve_steady(s.tree, s.lumen, mesh, s.problem, s.reduced,
                                  {.start_from_reduced = from_reduced}, quiet());
    }
    for (std::size_t b = 0; b < 3; ++b)
        for (std::size_t i = 0; i < s.tree.branches[b].points.size(); ++i)
            fmt::print("{} {:.2f} {:.1f} {:.1f} {:.2f} {:.2f}\n", b, s.tree.branches[b].points[i].arc_mm,
                       s.flow.solution.pressure[b][i], s.reduced.pressure[b][i],
                       1e6 * s.flow.solution.flow[b][i], 1e6 * s.reduced.flow[b][i]);
    for (double q : s.flow.solution.outlet_flow) fmt::print("{} ", q);
}

}  // namespace
}  // namespace ctffr
