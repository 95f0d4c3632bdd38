// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "phantom/patient.hpp"

namespace ctffr::phantom {
namespace {

TEST(PhantomPatient, DrawsWithinTheRanges) {
    PhantomOptions options = phantom_preset("diseased");
    int men = 0;
    for (int n = 0; n < 200; ++n) {
        options.seed = 1000 + static_cast<std::uint64_t>(n);
        const DrawnPatient p = draw_patient(options);
        men += p.body.sex == 'M' ? 1 : 0;
        EXPECT_GE(p.scan.noise_sd_hu, 15);
        EXPECT_LE(p.scan.noise_sd_hu, 32);
        EXPECT_TRUE(p.scan.kvp == 80 || p.scan.kvp == 90 || p.scan.kvp == 100 || p.scan.kvp == 110 ||
                    p.scan.kvp == 120);
        EXPECT_GE(p.tissue.aorta, 340);
        EXPECT_LE(p.tissue.aorta, 550);
        EXPECT_LT(p.tissue.myocardium, 0.45 * p.tissue.aorta);
        EXPECT_GT(*p.facts.systolic_mmhg, *p.facts.diastolic_mmhg + 20);
        EXPECT_NEAR(p.body.bsa_m2, std::sqrt(*p.facts.height_m * 100 * *p.facts.weight_kg / 3600), 0.02);
        EXPECT_GT(p.body.lv_mass_g, 50);
        EXPECT_LT(p.body.lv_mass_g, 260);
    }
    EXPECT_NEAR(men / 200.0, 0.65, 0.12);
}

TEST(PhantomPatient, SexCanBeSet) {
    PhantomOptions options;
    options.sex = 'F';
    for (options.seed = 1; options.seed < 8; ++options.seed) EXPECT_EQ(draw_patient(options).body.sex, 'F');
}

TEST(PhantomPatient, RecordHoldsSeedAndDraws) {
    PhantomOptions options = phantom_preset("heldout");
    options.seed = 77;
    const std::string text = patient_toml(options, draw_patient(options));
    for (const char* key :
         {"seed = 77", "preset = \"heldout\"", "[drawn.scan]", "noise_sd_hu", "lv_mass_g", "kvp"})
        EXPECT_NE(text.find(key), std::string::npos) << key;
    EXPECT_EQ(text, patient_toml(options, draw_patient(options)));
}

TEST(PhantomPresets, AreKnownAndDiffer) {
    EXPECT_EQ(phantom_preset("healthy").disease.lesions_mean, 0);
    EXPECT_GE(phantom_preset("diseased").disease.lesions_mean, 1.0);
    const PhantomOptions training = phantom_preset("training"), heldout = phantom_preset("heldout");
    EXPECT_NE(training.scanner.psf_xy_fwhm_mm.high, heldout.scanner.psf_xy_fwhm_mm.high);
    EXPECT_NE(training.scanner.noise_peak_per_mm.high, heldout.scanner.noise_peak_per_mm.high);
    EXPECT_NE(training.contrast.aorta_hu.high, heldout.contrast.aorta_hu.high);
    EXPECT_NE(training.tree.tortuosity.high, heldout.tree.tortuosity.high);
    EXPECT_LE(phantom_preset("small").scanner.matrix, 256);
    try {
        phantom_preset("nobody");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        EXPECT_NE(std::string(error.what()).find("diseased"), std::string::npos);
    }
}

}  // namespace
}  // namespace ctffr::phantom
