// SPDX-License-Identifier: Apache-2.0
// Small pieces of SVG. Attribute texts are ours; only `text` content is escaped.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "report/text.hpp"

namespace ctffr::report {

// The d attribute of a path, in tenths of a unit; `lift()` starts a new piece.
class PathData {
   public:
    void to(double x, double y) {
        data_ += fmt::format("{}{:.1f} {:.1f}", drawing_ ? 'L' : 'M', x, y);
        drawing_ = true;
    }
    void lift() { drawing_ = false; }
    void close() {
        data_ += 'Z';
        drawing_ = false;
    }
    bool empty() const { return data_.empty(); }
    const std::string& text() const { return data_; }

   private:
    std::string data_;
    bool drawing_ = false;
};

inline std::string svg_path(const PathData& path, std::string_view attributes) {
    return path.empty() ? std::string() : fmt::format("<path d=\"{}\" {}/>\n", path.text(), attributes);
}

inline std::string svg_line(double x1, double y1, double x2, double y2, std::string_view attributes) {
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2,
                       attributes);
}

inline std::string svg_rect(double x, double y, double width, double height, std::string_view attributes) {
    return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" {}/>\n", x, y,
                       width, height, attributes);
}

inline std::string svg_text(double x, double y, std::string_view text, std::string_view attributes) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes, escape_html(text));
}

inline std::string svg_image(double x, double y, double width, double height, std::string_view uri) {
    return fmt::format(
        "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" preserveAspectRatio=\"none\" "
        "href=\"{}\"/>\n",
        x, y, width, height, uri);
}

}  // namespace ctffr::report
