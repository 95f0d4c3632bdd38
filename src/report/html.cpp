// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <fmt/format.h>

#include "report/text.hpp"
#include "report/viewer_assets.hpp"

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

std::string section(std::string_view heading, const std::string& content) {
    return fmt::format("<section><h2>{}</h2>\n{}</section>\n", heading, content);
}

std::string page_head(const std::string& title) {
    const ViewerAssets& assets = viewer_assets();
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; "
        "style-src '{}'; "
        "img-src data:; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
        "<style>{}</style>\n</head>\n<body>\n",
        assets.script_hash, assets.style_hash, escape_html(title), assets.style);
}

std::string fact_list(const std::vector<std::pair<std::string, std::string>>& facts) {
    std::string html = "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts)
        if (!value.empty())
            html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
    return html + "</dl>\n";
}

}  // namespace ctffr::report
