// A program that brings its own httplib, nlohmann and boost, each laid out unlike any that we might carry: the names
// are those of the real ones, so whoever resolves a name to the wrong owner crashes or lies.
#ifndef CROWD_H_
#define CROWD_H_

#include <nlohmann/detail/abi_macros.hpp>  // the name of the inline namespace, and nothing else
#include <string>

namespace httplib {
struct Request {
  virtual ~Request();
  virtual std::string Owner() const;
  char ballast[4096];
};
class Client {
 public:
  explicit Client(const std::string& host);
  virtual ~Client();
  virtual std::string Get(const char* path);

 private:
  Request request_;
  std::string host_;
};
}  // namespace httplib

NLOHMANN_JSON_NAMESPACE_BEGIN
namespace detail {
class exception {
 public:
  exception(int id, const char* what);
  virtual ~exception();
  virtual const char* what() const noexcept;

 private:
  double ballast_[64];
  int id_;
  const char* what_;
};
class parse_error : public exception {
 public:
  parse_error(int id, std::size_t byte, const char* what);
  const char* what() const noexcept override;
};
class type_error : public exception {
 public:
  type_error(int id, const char* what);
  const char* what() const noexcept override;
};
}  // namespace detail
NLOHMANN_JSON_NAMESPACE_END

namespace boost {
namespace system {
class error_category {
 public:
  virtual ~error_category();
  virtual const char* name() const noexcept;
  char ballast[1024];
};
const error_category& system_category();
}  // namespace system
}  // namespace boost

// Uses all of them; true when each is the program's own.
bool CrowdIsItself();

#endif  // CROWD_H_
