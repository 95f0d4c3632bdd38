// SPDX-License-Identifier: Apache-2.0
#include "meshing/trouble.hpp"

#include <algorithm>
#include <cstddef>

namespace ctffr::meshing {

namespace {

constexpr double radius_cells = 8;
constexpr double unknown_radius_mm = 0.5;

struct Ease {
    double layers, cells;  // factors on the thickness of the layers and on the side of the cells
};
constexpr Ease eases[most_eased + 1] = {{1, 1}, {0.5, 1}, {0.5, 0.5}, {0.25, 0.5}};

}  // namespace

void add_troubles(std::vector<EasedPlace>& places, const std::vector<Vec3>& troubles,
                  const ImplicitLumen& lumen, double cell_per_diameter) {
    const std::size_t known = places.size();
    std::vector<bool> raised(known, false);
    for (const Vec3 p : troubles) {
        const auto near = std::find_if(places.begin(), places.end(), [&](const EasedPlace& place) {
            return distance(place.at, p) < 0.5 * place.radius_mm;
        });
        const auto k = static_cast<std::size_t>(near - places.begin());
        if (k < known && !raised[k]) {
            raised[k] = true;
            near->step = std::min(near->step + 1, most_eased);
        }
        if (near != places.end()) continue;
        const double width = lumen.sample(p).diameter_mm;
        places.push_back({p, width > 0 ? radius_cells * cell_per_diameter * width : unknown_radius_mm, 1});
    }
}

ImplicitLumen::Sample EasedLumen::sample(Vec3 p) const {
    Sample s = lumen_.sample(p);
    double layers = 1, cells = 1;
    for (const EasedPlace& place : places_) {
        const double part = std::clamp(2 - 2 * distance(p, place.at) / place.radius_mm, 0.0, 1.0);
        if (part <= 0) continue;
        const Ease& ease = eases[place.step];
        layers = std::min(layers, 1 + part * (ease.layers - 1));
        cells = std::min(cells, 1 + part * (ease.cells - 1));
    }
    s.diameter_mm *= cells;
    // Layers follow the cells already.
    s.layer_part *= layers / cells;
    return s;
}

}  // namespace ctffr::meshing
