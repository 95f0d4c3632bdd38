// SPDX-License-Identifier: Apache-2.0
#include "lumen/polar_sections.hpp"

#include <cmath>

namespace ctffr::lumen {

SectionConditions conditions_of(const FitSection& section, const ImageGeometry& geometry,
                                const ScanFacts& scan, double blood_hu) {
    SectionConditions c;
    c.blood_hu = blood_hu, c.noise_hu = scan.noise_hu;
    const double sigma[3] = {scan.sigma_xy_mm, scan.sigma_xy_mm, scan.sigma_z_mm};
    double along = 0;
    for (int k = 0; k < 3; ++k) {
        const Vec3 axis = geometry.direction.column(k);
        const double u = sigma[k] * dot(section.normal, axis), v = sigma[k] * dot(section.binormal, axis);
        c.uu += u * u, c.uv += u * v, c.vv += v * v;
        along += std::pow(sigma[k] * dot(section.tangent, axis), 2);
    }
    c.along_mm = std::sqrt(along);
    return c;
}

std::vector<float> sample_polar(const ImageWindow& window, const std::vector<FitSection>& sections,
                                double scale, const Run& run) {
    std::vector<kernels::SectionPlane> planes;
    planes.reserve(sections.size());
    for (const FitSection& s : sections) planes.push_back({s.center, s.normal, s.binormal});
    return sample_planes(window, planes, static_cast<int>(PolarGrid::angles),
                         static_cast<int>(PolarGrid::steps), scale * PolarGrid::step_mm, run);
}

}  // namespace ctffr::lumen
