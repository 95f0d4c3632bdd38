// SPDX-License-Identifier: Apache-2.0
// Writes the report pages that the browser test loads: write_sample_page FOLDER.
#include <cstdio>
#include <fstream>
#include <string>

#include "report/page.hpp"
#include "support/sample_result.hpp"

namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush()) throw ctffr::Error(ctffr::ExitCode::file_system, "Cannot write {}.", path);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: write_sample_page FOLDER\n", stderr);
        return 2;
    }
    const std::string folder = argv[1];
    ctffr::CaseResult result = ctffr::test::sample_result();
    const ctffr::Volume volume = ctffr::test::sample_volume(result, 0.5);
    write(folder + "/report.html", ctffr::report::make_page(result, &volume, "CT-FFR report", {}));
    // What comes from outside must stay text: the browser test looks for the effects of this script.
    result.acquisition.series_description =
        "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    result.reasons.push_back("<b id=\"injected\">bold</b>");
    write(folder + "/hostile.html",
          ctffr::report::make_page(result, nullptr, "</title><script>document.title='owned'</script>", {}));
    result.state = ctffr::ResultState::rejected;
    result.reasons = {"The aorta holds 96 HU, contrast needs at least 200 HU."};
    write(folder + "/rejected.html", ctffr::report::make_page(result, nullptr, "CT-FFR report", {}));
    return 0;
}
