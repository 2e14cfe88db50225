// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "top/sampler.hpp"
#include "top/screen.hpp"
#include "top/top_table.hpp"

namespace cli {

// The keys, for the manual.
extern const char* const top_keys;

// crex top on a terminal: what is drawn, and what the keys do.
class TopScreen {
public:
    TopScreen(Sampler& sampler, TopView view) : sampler_{sampler}, view_{std::move(view)} {}

    // Returns when the user quits, the terminal goes, or crex is interrupted.
    void run();

private:
    enum class Page { table, object, help };
    using Identity = std::pair<crex::ObjectKind, crex::ObjectId>;
    static Identity identity_of(const Activity& activity);

    void draw();
    void draw_top();
    void draw_table();
    void draw_row(std::size_t row, const Activity& activity, bool is_selected);
    void draw_lines(const std::string& text);
    void draw_bottom();

    void take_sample();
    void follow_selection();
    [[nodiscard]] std::string facts() const;
    [[nodiscard]] std::size_t page_length() const;
    [[nodiscard]] std::string position() const;

    // Returns false when it was the key to quit.
    bool handle(Key key);
    void handle_in_filter(Key key);
    void handle_in_table(Key key);
    bool move(Key key); // false if that is no key for moving
    void choose();      // what the cursor is on
    void change_speed(bool faster);

    Sampler& sampler_;
    TopView view_;
    Screen screen_;
    std::shared_ptr<const Sample> sample_;
    std::vector<const Activity*> rows_; // of the sample
    std::vector<std::size_t> widths_;   // of the columns
    Page page_ = Page::table;
    bool typing_filter_ = false;
    std::size_t cursor_ = 0;
    std::size_t first_row_ = 0;
    std::size_t first_line_ = 0; // of a page of text
    std::optional<Identity> chosen_;
};

} // namespace cli
