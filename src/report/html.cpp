// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <fmt/format.h>

#include "report/text.hpp"

namespace ctffr::report {

namespace {

std::string cells(const std::vector<Cell>& row, std::string_view tag) {
    std::string html = "<tr>";
    for (const Cell& cell : row)
        html += fmt::format("<{0}{1}>{2}</{0}>", tag,
                            cell.css.empty() ? std::string() : fmt::format(" class=\"{}\"", cell.css),
                            cell.is_html ? cell.text : escape_html(cell.text));
    return html + "</tr>\n";
}

}  // namespace

Cell Cell::html(std::string markup, std::string css_class) {
    Cell cell(std::move(markup), std::move(css_class));
    cell.is_html = true;
    return cell;
}

std::string Table::html() const {
    std::string html = "<div class=\"scroll\"><table>\n";
    if (!caption_.empty()) html += "<caption>" + escape_html(caption_) + "</caption>\n";
    if (!head_.empty()) html += "<thead>" + cells(head_, "th") + "</thead>\n";
    html += "<tbody>\n";
    for (const auto& row : rows_) html += cells(row, "td");
    return html + "</tbody></table></div>\n";
}

std::string fact_list(const std::vector<std::pair<std::string, std::string>>& facts) {
    std::string html = "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts)
        if (!value.empty())
            html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
    return html + "</dl>\n";
}

}  // namespace ctffr::report
