// SPDX-License-Identifier: Apache-2.0
#include "stages/ffr_priors.hpp"

#include <cmath>

namespace ctffr {

FfrPriors priors_of(const Hyperaemia& hyperaemia, bool fitted) {
    // A value that is not there was not known.
    const auto origin = [&](const char* key) {
        const auto found = hyperaemia.patient.find(key);
        return found == hyperaemia.patient.end() ? Origin::defaulted : found->second.origin;
    };
    FfrPriors priors;
    // With the flow of this patient measured, what the microcirculation does is in it.
    const Origin flow = origin("total_flow_ml_min");
    const bool own_flow =
        flow == Origin::measured && hyperaemia.patient.at("total_flow_ml_min").source == "option";
    // Flow goes with mass^0.75: 18 % of mass from body surface, 22 % between people of unknown size.
    if (flow == Origin::defaulted) priors.flow = std::hypot(0.20, 0.75 * 0.26);
    if (hyperaemia.patient.count("body_surface_m2") > 0) priors.flow = std::hypot(0.20, 0.75 * 0.18);
    if (own_flow) priors.flow = 0.10, priors.microvascular_chance = 0;
    const Origin pressure = origin("aortic_pressure_mmhg");
    if (pressure == Origin::defaulted) priors.pressure = 0.16;  // 15 mmHg between patients
    if (pressure == Origin::measured) priors.pressure = 0.03;
    if (origin("viscosity_mpa_s") == Origin::defaulted) priors.viscosity = 0.10;  // hematocrit +- 0.045
    if (origin("share_lad_pct") == Origin::measured) priors.share = 0.05;
    if (fitted) priors.model = 0.03;
    return priors;
}

}  // namespace ctffr
