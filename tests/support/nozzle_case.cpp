// SPDX-License-Identifier: Apache-2.0
#include "support/nozzle_case.hpp"

#include "ctffr/core/units.hpp"
#include "ctffr/data/renumber.hpp"
#include "meshes/analytic/recipes.hpp"

namespace ctffr::test {

FlowCase nozzle_case(double level) {
    using Reference = NozzleReference;
    FlowMesh mesh = fda_nozzle_mesh(level);
    renumber_cells(mesh);
    FlowCase c(std::move(mesh));
    c.fluid = {Reference::density, Reference::viscosity, {}};
    const double radius = Reference::pipe_radius_m;
    c.velocity("inlet", parabola({0, 0, 0}, {0, 0, 1}, radius, Reference::flow_m3_s / (pi * radius * radius)),
               Reference::flow_m3_s);
    c.pressure("outlet", 0);
    c.options.max_iterations = 800, c.options.min_iterations = 30;
    c.options.tolerance = 2e-4, c.options.residual_drop = 0.02, c.options.window = 10;
    c.options.mixing_depth = kernels::mixing_depth_limit;
    c.options.pressure_tolerance = 0.04;
    return c;
}

}  // namespace ctffr::test
