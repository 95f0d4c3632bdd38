// SPDX-License-Identifier: Apache-2.0
// A cohort of six cases of seconds, and what two tables of it must have in common.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ctffr/io/csv.hpp"
#include "ctffr/io/files.hpp"
#include "support/program.hpp"
#include "support/small_case.hpp"

namespace ctffr::test {

// Three trees with narrowings of their own, a file that is none, a file that is not there, and a patient with
// a pressure no adult has. Returns the manifest; `systolic` is that of the first case.
inline std::filesystem::path write_small_cohort(const std::filesystem::path& folder,
                                                const std::string& systolic = "120",
                                                const std::string& measured = "0.81") {
    std::string text =
        csv_line({"case", "centerlines", "sex", "systolic_mmhg", "ffr_invasive_LAD", "ffr_invasive_RCA"});
    const double narrowings[] = {0.45, 0.3, 0.5};
    for (int i = 0; i < 3; ++i) {
        const std::string name = "tree" + std::to_string(i);
        CaseResult result;
        result.tree = small_tree(narrowings[i]);
        // Written once: a newer file would count as a changed input.
        if (!std::filesystem::exists(folder / (name + ".vtp")))
            write_centerline_vtp(folder / (name + ".vtp"), result);
        text += csv_line(
            {name, name + ".vtp", i == 1 ? "F" : "", i == 0 ? systolic : "", i == 0 ? measured : "", ""});
    }
    if (!std::filesystem::exists(folder / "broken.vtp"))
        write_text_atomically(folder / "broken.vtp", "<VTKFile");
    text += csv_line({"broken", "broken.vtp", "", "", "0.9", ""});
    text += csv_line({"absent", "no-such-file.vtp", "", "", "", "0.7"});
    text += csv_line({"pressure", "tree0.vtp", "", "12", "", ""});
    write_text_atomically(folder / "cohort-list.csv", text);
    return folder / "cohort-list.csv";
}

// The table without the columns of times, one map from column to field per line.
inline std::vector<std::map<std::string, std::string>> cohort_table(const std::filesystem::path& out) {
    const CsvTable table = parse_csv(slurp(out / "cohort.csv"), "cohort.csv");
    std::vector<std::map<std::string, std::string>> lines;
    for (const CsvRow& row : table.rows) {
        std::map<std::string, std::string> line;
        for (std::size_t i = 0; i < table.header.size(); ++i)
            if (!table.header[i].ends_with("_s")) line[table.header[i]] = row.cells[i];
        lines.push_back(line);
    }
    return lines;
}

inline nlohmann::json cohort_summary(const std::filesystem::path& out) {
    nlohmann::json summary = nlohmann::json::parse(slurp(out / "summary.json"));
    summary.erase("timings_s");
    return summary;
}

// Processes whose parent is `parent`.
inline std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const std::string stat = slurp(entry.path() / "stat");
        const std::size_t end = stat.rfind(')');  // of the name, which may hold anything
        if (end == std::string::npos) continue;
        std::istringstream rest(stat.substr(end + 1));
        char state = 0;
        pid_t of = 0;
        if (rest >> state >> of && of == parent) children.push_back(std::stoi(name));
    }
    return children;
}

}  // namespace ctffr::test
