// SPDX-License-Identifier: Apache-2.0
// Building blocks of HTML tables. Cell texts are escaped here, so callers pass plain text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ctffr::report {

struct Cell {
    std::string text;
    std::string css;  // class of the <td>: "text" (left-aligned words), "note", "low", ...
    bool is_html = false;

    Cell(std::string plain, std::string css_class = {}) : text(std::move(plain)), css(std::move(css_class)) {}
    Cell(const char* plain, std::string css_class = {}) : text(plain), css(std::move(css_class)) {}
    static Cell html(std::string markup, std::string css_class);
};

class Table {
   public:
    explicit Table(std::string caption = {}) : caption_(std::move(caption)) {}
    void head(std::vector<Cell> cells) { head_ = std::move(cells); }
    void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }
    // The whole <table> in a box that scrolls sideways on narrow screens.
    std::string html() const;

   private:
    std::string caption_;
    std::vector<Cell> head_;
    std::vector<std::vector<Cell>> rows_;
};

// The document up to <body>: the shared style, and a policy under which the page loads nothing.
std::string page_head(const std::string& title);
std::string section(std::string_view heading, const std::string& content);

// <dl> of name and value; pairs with an empty value are left out.
std::string fact_list(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace ctffr::report
