#include "examples/support_bot/support_bot.h"

#include <utility>

namespace {

constexpr char kInstructions[] = "You are the friendly support desk of a small bookshop. Answer in plain words.";

// A model that never stops asking must not keep a customer waiting.
constexpr int kMostLookups = 3;

}  // namespace

SupportBot::SupportBot(Model model, Orders orders)
    : model_(std::move(model)),
      orders_(std::move(orders)),
      conversation_{{Turn::Who::kSystem, kInstructions, {}, ""}} {}

std::string SupportBot::Answer(const std::string& question) {
  conversation_.push_back({Turn::Who::kCustomer, question, {}, ""});
  for (int round = 0; round <= kMostLookups; ++round) {
    const Turn said = model_(conversation_);
    conversation_.push_back(said);
    if (said.lookups.empty() || !orders_) return said.text;
    for (const OrderLookup& lookup : said.lookups) {
      conversation_.push_back({Turn::Who::kLookup, orders_(lookup.arguments), {}, lookup.call_id});
    }
  }
  return "I could not find that out. A colleague will write to you today.";
}
