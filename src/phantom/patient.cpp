// SPDX-License-Identifier: Apache-2.0
#include "phantom/patient.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {
namespace {

double draw(Random& random, Range range) { return random.uniform(range.low, range.high); }

// Iodine attenuation at a tube voltage against 120 kVp (70: 1.9, 80: 1.6, 100: 1.25, 120: 1), linear in
// between.
double iodine_factor(double kvp) {
    constexpr std::array<std::array<double, 2>, 4> table{{{70, 1.9}, {80, 1.6}, {100, 1.25}, {120, 1.0}}};
    if (kvp <= table.front()[0]) return table.front()[1];
    for (std::size_t n = 1; n < table.size(); ++n)
        if (kvp <= table[n][0]) {
            const double t = (kvp - table[n - 1][0]) / (table[n][0] - table[n - 1][0]);
            return table[n - 1][1] + t * (table[n][1] - table[n - 1][1]);
        }
    return table.back()[1];
}

BodySize draw_body(const PhantomOptions& options, Random& random, PatientFacts& facts) {
    BodySize body;
    const bool male = random.chance(0.65);
    body.sex = options.sex.value_or(male ? 'M' : 'F');
    const bool man = body.sex == 'M';
    const double height_m = random.normal_in(man ? 1.75 : 1.62, 0.07, 1.45, 2.0);
    const double mass_index = random.normal_in(27, 4, 18.5, 40);
    const double weight_kg = mass_index * height_m * height_m;
    // Mosteller 1987.
    body.bsa_m2 = std::sqrt(height_m * 100 * weight_kg / 3600);
    body.lv_mass_g = random.normal_in(man ? 66 : 53, man ? 10 : 9, 38, 100) * body.bsa_m2;
    const double systolic = random.normal_in(130, 17, 95, 190);
    const double diastolic = std::min(random.normal_in(76, 10, 50, 110), systolic - 25);
    const auto rounded = [](double value, double step) { return std::round(value / step) * step; };
    facts.sex = body.sex;
    facts.age_years = rounded(random.normal_in(62, 10, 35, 88), 1);
    facts.height_m = rounded(height_m, 0.01), facts.weight_kg = rounded(weight_kg, 0.5);
    facts.heart_rate_bpm = rounded(random.normal_in(62, 8, 45, 85), 1);
    facts.systolic_mmhg = rounded(systolic, 1), facts.diastolic_mmhg = rounded(diastolic, 1);
    facts.hematocrit = rounded(random.normal_in(man ? 0.44 : 0.40, 0.03, 0.32, 0.52), 0.005);
    facts.lv_mass_g = body.lv_mass_g;
    return body;
}

DrawnScan draw_scan(const ScannerOptions& options, Random& random) {
    DrawnScan scan;
    scan.fov_mm = draw(random, options.fov_mm);
    scan.slice_spacing_mm = draw(random, options.slice_spacing_mm);
    scan.psf_xy_fwhm_mm = draw(random, options.psf_xy_fwhm_mm);
    scan.psf_z_fwhm_mm = draw(random, options.psf_z_fwhm_mm);
    scan.slice_thickness_mm = std::max(0.5, std::round(scan.psf_z_fwhm_mm / 0.05) * 0.05);
    scan.kernel_overshoot = draw(random, options.kernel_overshoot);
    scan.noise_sd_hu = draw(random, options.noise_sd_hu);
    scan.noise_peak_per_mm = draw(random, options.noise_peak_per_mm);
    // Scanners offer few voltages: the nearest one inside the range.
    const double wanted_kvp = draw(random, options.kvp);
    scan.kvp = options.kvp.low;
    for (const double kvp : {70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 140.0})
        if (kvp >= options.kvp.low && kvp <= options.kvp.high &&
            std::abs(kvp - wanted_kvp) < std::abs(scan.kvp - wanted_kvp))
            scan.kvp = kvp;
    scan.motion = random.chance(options.motion_chance);
    scan.motion_mm = scan.motion ? draw(random, options.motion_mm) : 0;
    const double toward = random.uniform(0, 2 * pi);
    scan.motion_direction = {std::cos(toward), std::sin(toward), 0};
    const bool steps = random.chance(options.slab_chance);
    scan.slabs = steps ? random.integer(2, 4) : 1;
    scan.slab_shift_mm = steps ? draw(random, options.slab_shift_mm) : 0;
    constexpr double degree = pi / 180;
    for (int axis = 0; axis < 3; ++axis)
        scan.rotation_rad[axis] = draw(random, options.rotation_deg) * degree;
    scan.center_lps_mm = {random.uniform(-5, 5), random.uniform(-5, 5), random.uniform(-3, 3)};
    return scan;
}

DrawnTissue draw_tissue(const ContrastOptions& options, const ScannerOptions& scanner, double kvp,
                        Random& random) {
    DrawnTissue tissue;
    // Low voltage makes iodine brighter; injection protocols take back part of it. Both stay within the
    // range.
    const double dim = iodine_factor(scanner.kvp.high), bright = iodine_factor(scanner.kvp.low);
    const double place = bright > dim ? (iodine_factor(kvp) - dim) / (bright - dim) : 0.5;
    const double share = 0.65 * random.uniform() + 0.35 * place;
    tissue.aorta = options.aorta_hu.low + share * (options.aorta_hu.high - options.aorta_hu.low);
    tissue.left_ventricle = tissue.aorta - random.uniform(10, 30);
    tissue.left_atrium = tissue.aorta - random.uniform(-5, 20);
    tissue.right_heart = std::max(50.0, draw(random, options.right_heart_fraction) * tissue.aorta);
    tissue.pulmonary =
        tissue.right_heart + random.uniform(0.15, 0.4) * (tissue.left_atrium - tissue.right_heart);
    tissue.vein = 45 + draw(random, options.vein_fraction) * (tissue.aorta - 45);
    tissue.mixing = random.uniform(0.04, 0.18);
    tissue.myocardium = std::clamp(50 + 0.135 * (tissue.aorta - 40) + random.normal(0, 6), 85.0, 135.0);
    tissue.fat = random.normal_in(-100, 8, -120, -80);
    tissue.lung = random.normal_in(-850, 20, -900, -800);
    tissue.muscle = random.normal_in(55, 4, 45, 65);
    tissue.liver = random.normal_in(75, 10, 50, 100);
    tissue.calcium_factor = std::pow(100 / kvp, 0.7);
    tissue.cortical = 720 * tissue.calcium_factor * random.uniform(0.9, 1.1);
    tissue.trabecular = 190 * tissue.calcium_factor * random.uniform(0.75, 1.2);
    return tissue;
}

}  // namespace

DrawnPatient draw_patient(const PhantomOptions& options) {
    DrawnPatient patient;
    // One stream per part: a change of a range in one part leaves the others as they were.
    Random body(options.seed, 0x424f4459u), scan(options.seed, 0x5343414eu),
        tissue(options.seed, 0x54495353u);
    patient.body = draw_body(options, body, patient.facts);
    patient.scan = draw_scan(options.scanner, scan);
    patient.tissue = draw_tissue(options.contrast, options.scanner, patient.scan.kvp, tissue);
    return patient;
}

std::string patient_toml(const PhantomOptions& o, const DrawnPatient& p) {
    std::string text = fmt::format("[phantom]\nseed = {}\npreset = \"{}\"\n", o.seed, o.preset);
    const DrawnScan& c = p.scan;
    const DrawnTissue& t = p.tissue;
    text += fmt::format("\n[drawn.body]\nsex = \"{}\"\nbsa_m2 = {:.4f}\nlv_mass_g = {:.2f}\n", p.body.sex,
                        p.body.bsa_m2, p.body.lv_mass_g);
    text += fmt::format(
        "\n[drawn.scan]\nfov_mm = {:.3f}\nslice_spacing_mm = {:.4f}\nslice_thickness_mm = {:.2f}\n"
        "psf_xy_fwhm_mm = {:.4f}\npsf_z_fwhm_mm = {:.4f}\nkernel_overshoot = {:.4f}\n"
        "noise_sd_hu = {:.3f}\nnoise_peak_per_mm = {:.4f}\nkvp = {}\nmotion_mm = {:.3f}\n"
        "motion_direction = [{:.4f}, {:.4f}]\nslabs = {}\nslab_shift_mm = {:.3f}\n"
        "rotation_rad = [{:.5f}, {:.5f}, {:.5f}]\ncenter_lps_mm = [{:.3f}, {:.3f}, {:.3f}]\n",
        c.fov_mm, c.slice_spacing_mm, c.slice_thickness_mm, c.psf_xy_fwhm_mm, c.psf_z_fwhm_mm,
        c.kernel_overshoot, c.noise_sd_hu, c.noise_peak_per_mm, c.kvp, c.motion_mm, c.motion_direction.x,
        c.motion_direction.y, c.slabs, c.slab_shift_mm, c.rotation_rad.x, c.rotation_rad.y, c.rotation_rad.z,
        c.center_lps_mm.x, c.center_lps_mm.y, c.center_lps_mm.z);
    text += fmt::format(
        "\n[drawn.tissue_hu]\naorta = {:.1f}\nleft_ventricle = {:.1f}\nleft_atrium = {:.1f}\n"
        "right_heart = {:.1f}\npulmonary = {:.1f}\ncoronary_vein = {:.1f}\nmyocardium = {:.1f}\n"
        "fat = {:.1f}\nlung = {:.1f}\nmuscle = {:.1f}\nliver = {:.1f}\ncortical_bone = {:.1f}\n"
        "trabecular_bone = {:.1f}\nright_heart_mixing = {:.4f}\ncalcium_factor = {:.4f}\n",
        t.aorta, t.left_ventricle, t.left_atrium, t.right_heart, t.pulmonary, t.vein, t.myocardium, t.fat,
        t.lung, t.muscle, t.liver, t.cortical, t.trabecular, t.mixing, t.calcium_factor);
    return text;
}

}  // namespace ctffr::phantom
