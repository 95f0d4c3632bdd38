// SPDX-License-Identifier: Apache-2.0
#include "report/published_trials.hpp"

#include "report/text.hpp"

namespace ctffr::report {

namespace {

constexpr double no = missing;

constexpr PublishedTrial trials[] = {
    {"NXT (HeartFlow)", 2014, 254, 0, "patient", no, no, no, no, no, 0.90, no, no,
     "AUC 0.87 to 0.94; CT angiography alone 0.81",
     "N\xC3\xB8rgaard et al., J Am Coll Cardiol 63:1145 (2014)"},
    {"DISCOVER-FLOW, DeFACTO, NXT pooled", 2015, 609, 1050, "vessel", 82.8, 77.7, 60.8, 91.6, 79.2, no, no,
     no, "", "Xu et al., Medicine 94:e1963 (2015)"},
    {"DISCOVER-FLOW, DeFACTO, NXT pooled", 2015, 609, 1050, "patient", 89.4, 70.5, 69.7, 89.7, 78.7, no, no,
     no, "", "Xu et al., Medicine 94:e1963 (2015)"},
    {"On-site cFFR (Siemens)", 2015, 106, 189, "vessel", 87.5, 65.1, no, no, 74.6, 0.83, no, no, "",
     "Coenen et al., Radiology 274:674 (2015), doi 10.1148/radiol.14140992"},
    {"Meta-analysis of five studies", 2016, 765, 1306, "vessel", 83.7, 74.7, 64.8, 90.1, no, 0.90, no, no, "",
     "Comparison of coronary CT angiography-derived vs invasive FFR assessment: meta-analysis with subgroup "
     "evaluation of intermediate stenosis (2016)"},
    {"The same, stenosis 30 to 70 %", 2016, 0, 634, "vessel", 81.4, 71.7, 59.4, 89.9, no, no, no, no, "",
     "the same"},
    {"HeartFlow v2.0", 2016, 0, 0, "vessel", 84.2, no, no, no, no, no, no, no,
     "lower bound of sensitivity 75.8; data of NXT", "FDA 510(k) summary K161772"},
    {"PERFECTION (CT angiography and FFRct)", 2018, 147, 0, "vessel", 88, 94, 84, 95, 92, no, no, no, "",
     "Pontone et al., JACC Cardiovasc Imaging (2018), the PERFECTION study"},
    {"MACHINE (Siemens)", 2018, 351, 525, "vessel", no, no, no, no, 78, 0.84, no, no, "accuracy 75 to 82",
     "Coenen et al., Circ Cardiovasc Imaging 11:e007217 (2018)"},
    {"MACHINE (Siemens)", 2018, 351, 525, "patient", no, no, no, no, 85, no, no, no, "accuracy 81 to 89",
     "Coenen et al., Circ Cardiovasc Imaging 11:e007217 (2018)"},
    {"Lumped-parameter model, on-site", 2019, 57, 77, "vessel", 89.2, 77.5, no, no, no, 0.87, no, no, "",
     "van Hamersvelt et al., Radiol Cardiothorac Imaging 1:e190036 (2019)"},
    {"DEEPVESSEL, one centre", 2019, 63, 0, "vessel", 97.1, 75.0, 82.9, 95.5, 87.3, no, no, no, "",
     "Wang et al., J Geriatr Cardiol 16:42 (2019)"},
    {"Fast FFRct, Anzhen hospital", 2019, 110, 125, "vessel", 76.5, 89.5, 89.7, 76.1, no, no, no, no,
     "printed: bias \xE2\x88\x92"
     "0.02, limits \xE2\x88\x92"
     "0.26 to 0.23, r 0.59",
     "Yang et al., Clin Radiol (2019)"},
    {"CT-FFR with alternative boundary conditions (Canon)", 2020, 0, 60, "vessel", 73.9, 78.4, 68.0, 82.9,
     76.7, 0.83, 0.059, 0.110, "", "Circ Cardiovasc Interv 14:e009586 (2020), PMC7116852, table 4"},
    {"The same", 2020, 39, 0, "patient", 76.5, 77.3, 72.2, 81.0, 76.9, 0.81, 0.064, 0.110, "", "the same"},
    {"AccuFFRct, one centre", 2021, 54, 78, "patient", 89.5, 91.4, 85.0, 94.1, 90.7, 0.945, no, no, "",
     "Jiang et al., BioMed Eng OnLine 20:77 (2021), doi 10.1186/s12938-021-00914-3"},
    {"AccuFFRct, one centre", 2021, 54, 78, "vessel", no, no, no, no, no, 0.925, no, no, "", "the same"},
    {"PACIFIC, analysed again (FFRct)", 2022, 208, 581, "vessel", no, no, no, no, no, 0.93, no, no,
     "visual stenosis grade 0.84",
     "Machine learning from quantitative CT angiography, post-hoc analysis of PACIFIC, PMC10085569"},
    {"ACCURATE-CT (AccuFFRct)", 2024, 339, 404, "vessel", 90.9, 90.4, 85.3, 94.2, 90.6, 0.93, no, no,
     "accuracy 87.3 to 93.3; CT angiography 0.77, QCA 0.89",
     "Li et al., JACC Cardiovasc Interv 17:1980 (2024), doi 10.1016/j.jcin.2024.06.027"},
    {"Deep-learning software", 2024, 138, 0, "not stated", 96.2, 97.7, 96.2, 97.7, 97.1, 0.98, no, no,
     "beyond the repeatability of invasive FFR near the threshold",
     "Diagnostic performance of noninvasive coronary CT angiography-derived FFR for coronary lesion-specific "
     "ischemia based on deep learning analysis (2024)"},
    {"Deep learning on curved reformats", 2026, 60, 0, "vessel", no, no, no, no, no, 0.935, no, no,
     "reference is invasive angiography, not FFR",
     "Lanzafame et al., Diagnostics 16:762 (2026), doi 10.3390/diagnostics16050762"},
    {"Angiographic stenosis, 50 % or more, for scale", 2014, 2986, 4086, "vessel", 61, 67, no, no, 64, no, no,
     no, "the test is invasive angiography, not CT-FFR", "Toth et al., Eur Heart J 35:2831 (2014)"},
};

}  // namespace

std::span<const PublishedTrial> published_trials() { return trials; }

}  // namespace ctffr::report
