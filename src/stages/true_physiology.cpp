// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/true_physiology.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "physiology/hyperaemia.hpp"
#include "physiology/territory.hpp"

namespace ctffr {

namespace {

constexpr std::uint64_t stream = 0x50485953u;

// Hyperaemic flow between patients of equal LV mass stays within this of the mean.
constexpr double least_flow_ratio = 0.5, largest_flow_ratio = 1.6;
constexpr double least_pressure_mmhg = 50, largest_pressure_mmhg = 140, largest_venous_mmhg = 12;

double relative(Random& random, double sd) { return std::exp(sd * random.normal_in(0, 1, -3, 3)); }

}  // namespace

TruePhysiology default_physiology(const PatientFacts& facts, const HeartFrame& heart, Dominance dominance) {
    TruePhysiology truth;
    const Hyperaemia h = hyperaemia_of(facts, heart, {});
    BoundaryOptions& b = truth.boundary;
    b.aortic_pressure_mmhg = mmhg_from_pa(h.aortic_pressure);
    b.total_flow_ml_min = ml_min_from_m3_s(h.total_flow);
    b.venous_pressure_mmhg = mmhg_from_pa(h.venous_pressure);
    b.viscosity_mpa_s = 1e3 * h.viscosity;
    b.density_kg_m3 = h.density;
    const TerritoryShares shares = territory_shares(dominance);
    b.share_lad_pct = 100 * shares.lad, b.share_lcx_pct = 100 * shares.lcx,
    b.share_rca_pct = 100 * shares.rca;
    truth.known = facts;
    return truth;
}

TruePhysiology draw_physiology(std::uint64_t seed, const PatientFacts& facts, const HeartFrame& heart,
                               Dominance dominance, const PhysiologyPriors& priors) {
    TruePhysiology truth = default_physiology(facts, heart, dominance);
    BoundaryOptions& b = truth.boundary;
    Random random(seed, stream);
    const double flow = std::clamp(relative(random, priors.flow), least_flow_ratio, largest_flow_ratio);
    const double pressure = 1 + priors.pressure * random.normal_in(0, 1, -3, 3);
    b.total_flow_ml_min *= flow;
    b.aortic_pressure_mmhg =
        std::clamp(b.aortic_pressure_mmhg * pressure, least_pressure_mmhg, largest_pressure_mmhg);
    b.venous_pressure_mmhg =
        random.normal_in(priors.venous_mmhg, priors.venous_sd_mmhg, 0, largest_venous_mmhg);
    b.outlet_exponent = random.uniform(priors.exponent_low, priors.exponent_high);
    double sum = 0;
    for (double* share : {&b.share_lad_pct, &b.share_lcx_pct, &b.share_rca_pct})
        sum += * share *= relative(random, priors.share);
    for (double* share : {&b.share_lad_pct, &b.share_lcx_pct, &b.share_rca_pct}) *share *= 100 / sum;
    if (random.chance(priors.microvascular_chance)) b.microvascular_factor = priors.microvascular_factor;
    truth.drawn = {{"flow_ratio", flow}, {"pressure_ratio", pressure}};
    // The viscosity follows from the true hematocrit, which `facts` has.
    if (facts.hematocrit) truth.drawn["hematocrit"] = *facts.hematocrit;
    if (facts.lv_mass_g) truth.drawn["lv_mass_g"] = *facts.lv_mass_g;
    truth.known.hematocrit.reset(), truth.known.lv_mass_g.reset();
    return truth;
}

}  // namespace ctffr
