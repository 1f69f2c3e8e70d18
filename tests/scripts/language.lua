-- The language: numbers, strings, tables, closures, metatables, goto, varargs, integer division.
local function section(name) print("== " .. name) end
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  print(table.concat(t, " "))
end

section "numbers"
show(1, 1.0, -0.0, 1e15, 1e16, 1e100, 2^53, 2^63, math.maxinteger, math.mininteger)
show(7 // 2, -7 // 2, 7 // -2, 7.0 // 2, 7 % 3, -7 % 3, 7 % -3, -7 % -3, 5.5 % 2)
show(1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, 3 / 2, 6 / 2, 2 ^ 10, 2 ^ 0.5)
show(0xff, 0x10p2, 1e2, .5, 3., 0x.8, 9007199254740993, 0xffffffffffffffff)
show(3 & 5, 3 | 5, 3 ~ 5, ~0, 1 << 62, 1 << 63, 1 << 64, -1 >> 1, 2.0 | 1)
show(10 == 10.0, "10" == 10, 10 < 10.5, math.type(1), math.type(1.0), math.type("1"))
show("10" + 5, "0x10" + 0, "3" * "4", 10 .. 20, -"2", "1e1" + 0)
show(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"), math.ult(1, -1))
show(math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3), math.modf(3.7), math.modf(-3.7))
show(string.format("%.14g %.17g %a", 0.1, 0.1, 0.1), math.pi, math.huge, -math.huge)
show(tostring(1e300 * 1e10), tostring(-(0 / 0)):gsub("-", ""))
show(tonumber("  12  "), tonumber("12a"), tonumber("z", 36), tonumber("ff", 16), tonumber("8", 8),
     tonumber(""), tonumber("0x"), tonumber("1e"), tonumber("1 2"), tonumber("1e1"))
show(pcall(function() return 1 // 0 end))
show(pcall(function() return 1 % 0 end))
show(pcall(function() return 1 < "x" end))
show(pcall(function() return {} .. "x" end))
show(pcall(function() return 2^53 | 0 end), pcall(function() return 1.5 | 0 end))
for i = 1, 3 do io.write(i, " ") end
for i = 3, 1, -1 do io.write(i, " ") end
for i = 1.0, 2.0, 0.25 do io.write(i, " ") end
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end
print()
show(pcall(function() for i = 1, 10, 0 do end end))

section "strings"
local s = "hello"
show(#s, s:upper(), s:sub(2, -2), s:sub(-3), s:rep(3, "-"), s:reverse(), s:byte(1, -1))
show(("%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%q|%s|%10.3s|%i"):format(42, 42, 42, 42, 255, 255, 8, 65,
     'a "quoted"\n\0 string', "str", "truncated", 7))
show(("%q"):format(1 / 3), ("%q"):format(math.mininteger), ("%g %e %f"):format(1e20, 1e20, 1e20))
show(("x"):rep(0), ("ab"):rep(3), (""):rep(100), #("x"):rep(100000))
show(s:find("l"), s:find("l", 4), s:find("xyz"), s:find("", 10), s:find("", 6), s:find(".", 1, true))
show(s:match("(h)(.)"), s:match("()ll()"), s:match("^(%a+)$"), ("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
show(("THE (quick) fox"):find("%((%a+)%)"), ("  trim  "):match("^%s*(.-)%s*$") .. "|")
show(("hello world"):gsub("o", "0"), ("hello"):gsub("", "-"), ("abc"):gsub("%w", "%0%0"),
     ("abc"):gsub("(a)(b)(c)", "%3%2%1"))
show(("hello world from lua"):gsub("(%w+)", function(w) if #w > 4 then return w:upper() end end))
show(("$name is $age"):gsub("%$(%w+)", {name = "Lua", age = 30}))
show(("x = f(a(b)c)d"):match("%b()"), ("THE END"):gsub("%f[%a]%a+", string.lower))
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, v, ";") end
print()
show(pcall(string.rep, "x", -1), pcall(string.format, "%d", 1.5))
show(pcall(string.gsub, "x", "(", ""), pcall(string.gsub, "x", "%", ""))
show(("\65\066\x43\u{44}\u{20AC}\z
      end"), "a\tb", 'single', [[long
string]], [==[with ]] inside]==])
show(("a,b,,c"):gsub(",", ";"), ("%d"):gsub("%%d", "%%s"))
show(string.pack("<i4", 100):byte(1, -1))
show(string.unpack("<i4", string.pack("<i4", -2)))
show(string.pack(">I2 s1 z", 258, "abc", "zero"):byte(1, -1))
show(string.packsize("<i4 i8 d"), string.unpack("<d", string.pack("<d", 1.5)))
show(utf8.char(72, 228, 8364, 128512), utf8.len("häß€"), utf8.codepoint("€", 1))
for p, c in utf8.codes("aé€") do io.write(p, ":", c, " ") end
print(utf8.len("\xff"), utf8.offset("aé€", 3))
show("a" < "b", "a" < "B", "" < "a", "a\0b" < "a\0c", "Z" < "a")

section "tables"
local t = {10, 20, 30, nil, 50, x = 1, ["key with space"] = 2, [1.5] = "f", [true] = "t"}
show(t[1], t.x, t["key with space"], t[1.5], t[true], t[2.0], rawlen({1, 2, 3}))
table.insert(t, 1, 5) show(t[1], t[2], t[3])
show(table.remove({1, 2, 3}), table.remove({1, 2, 3}, 1), table.remove({}))
show(table.concat({1, 2, 3}, ", "), table.concat({}, "x"), table.concat({1, 2, 3}, "-", 2, 3))
show(table.unpack({1, 2, 3})) show(table.unpack({1, 2, 3}, 2)) show(select("#", nil, nil), select(-1, 1, 2))
local moved = table.move({1, 2, 3}, 1, 3, 2) show(table.concat(moved, ","))
local sorted = {5, 3, 8, 1, 9, 2}
table.sort(sorted) show(table.concat(sorted, " "))
table.sort(sorted, function(a, b) return a > b end) show(table.concat(sorted, " "))
local words = {"banana", "apple", "Cherry", "date"}
table.sort(words, function(a, b) return a:lower() < b:lower() end) show(table.concat(words, " "))
show(pcall(table.sort, {3, 1, "x"}))
local keys = {}
for k in pairs({a = 1, b = 2, c = 3, 1, 2}) do keys[#keys + 1] = tostring(k) end
table.sort(keys) show(table.concat(keys, " "))
show(next({}), type(next), #"", #{1, 2, 3})
local sparse = {} for i = 1, 1000 do sparse[i * i] = i end
local n = 0 for _ in pairs(sparse) do n = n + 1 end show(n, sparse[998001])
show(pcall(function() local t = {} t[nil] = 1 end))
show(pcall(function() local t = {} t[0/0] = 1 end))

section "functions"
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
show(fact(10), fact(20), fact(25), fact(20.0))
local function counter() local c = 0 return function() c = c + 1 return c end end
local c1, c2 = counter(), counter() c1() c1() show(c1(), c2())
local function va(...) local a, b = ... return select("#", ...), a, b, ... end
show(va()) show(va(nil)) show(va(1, 2, 3)) show((va(1, 2, 3)))
local function tail(n) if n == 0 then return "done" end return tail(n - 1) end
show(tail(200000))
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
show(fs[1](), fs[1](), fs[2]())
show(pcall(function() local function inf(n) return 1 + inf(n) end return inf(1) end))
do local i = 1 ::top:: if i <= 3 then io.write(i, " ") i = i + 1 goto top end print() end
for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end io.write(i, j, " ") ::continue:: end end print()
local a <const> = 5
do
  local closed <close> = setmetatable({}, {__close = function() print("closed") end})
  print("in the block")
end
show(load("return 1 + 1")(), load("syntax error here"), pcall(load, nil))
show(load(function() return nil end), load("x = ", "=chunk"))
local env = {print = print} load("y = 5", "c", "t", env)() show(env.y, y)

section "metatables"
local V = {} V.__index = V
V.__add = function(a, b) return setmetatable({x = a.x + b.x}, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__tostring = function(a) return "V(" .. a.x .. ")" end
V.__len = function(a) return a.x end
V.__call = function(self, ...) return self.x, ... end
V.__concat = function(a, b) return tostring(a) .. "~" .. tostring(b) end
V.__unm = function(a) return setmetatable({x = -a.x}, V) end
V.__idiv = function() return "idiv" end V.__band = function() return "band" end
V.__name = "Vector"
local function v(x) return setmetatable({x = x}, V) end
show(v(1) + v(2), v(1) == v(1), v(1) < v(2), v(1) <= v(0), #v(7), v(3)("arg"), v(1) .. "s", "s" .. v(2), -v(4))
show(v(1) // 2, v(1) & 1, v(1) ~= v(2), rawequal(v(1), v(1)))
local log = {}
local proxy = setmetatable({}, {__index = function(_, k) log[#log + 1] = "get " .. k return k .. "!" end,
  __newindex = function(t, k, x) log[#log + 1] = "set " .. k rawset(t, k, x) end})
local _ = proxy.a proxy.b = 1 proxy.b = 2 show(proxy.c, proxy.b, table.concat(log, ","))
local Animal = {} Animal.__index = Animal
function Animal.new(n) return setmetatable({name = n}, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog
function Dog.new(n) return setmetatable(Animal.new(n), Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
show(Dog.new("Rex"):speak(), getmetatable(Dog.new("x")) == Dog)
local squares = setmetatable({}, {__pairs = function() return function(_, k) k = (k or 0) + 1 if k < 4 then return k, k * k end end end})
for k, x in pairs(squares) do io.write(k, "=", x, " ") end
print()
local mt = setmetatable({}, {__metatable = "locked"}) show(getmetatable(mt), pcall(setmetatable, mt, {}))

section "errors"
show(pcall(error, "msg")) show(pcall(error, {code = 5})) show(pcall(error))
show(select(2, pcall(error, "with level", 2)))
show(xpcall(function() error("deep") end, function(m) return "handled: " .. m:gsub("^.-:%d+: ", "") end))
show(pcall(function() local x = nil; x.y = 1 end))
show(pcall(function() undefinedfunction() end))
show(pcall(function() return #5 end))
show(select(2, pcall(function() local t = setmetatable({}, {__index = function() error("in index") end}) return t.x end)))
show(pcall(assert, false)) show(pcall(assert, nil, "assert message")) show(assert(1, 2, 3))
show(tostring(nil), tostring(true), type(print), type(nil), type({}), type("x"), type(2), type(coroutine.create(print)))

section "a JSON reader and writer"
local json = {}
local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t"}
function json.write(v, indent)
  local kind = type(v)
  if kind == "string" then
    return '"' .. v:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
  elseif kind ~= "table" then
    return tostring(v)
  elseif #v > 0 then
    local parts = {}
    for i, x in ipairs(v) do parts[i] = json.write(x) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local names, parts = {}, {}
  for k in pairs(v) do names[#names + 1] = k end
  table.sort(names)
  for i, k in ipairs(names) do parts[i] = json.write(k) .. ":" .. json.write(v[k]) end
  return "{" .. table.concat(parts, ",") .. "}"
end
function json.read(text)
  local at = 1
  local value
  local function fail(what) error(("%s at %d"):format(what, at), 0) end
  local function space() at = text:find("%S", at) or #text + 1 end
  local function expect(c)
    space()
    if text:sub(at, at) ~= c then fail("expected " .. c) end
    at = at + 1
  end
  local function str()
    expect('"')
    local out = {}
    while true do
      local c = text:sub(at, at)
      if c == "" then fail("unfinished string") end
      at = at + 1
      if c == '"' then return table.concat(out) end
      if c == "\\" then
        c = text:sub(at, at)
        at = at + 1
        if c == "u" then
          c = utf8.char(tonumber(text:sub(at, at + 3), 16))
          at = at + 4
        else
          c = ({n = "\n", t = "\t"})[c] or c
        end
      end
      out[#out + 1] = c
    end
  end
  function value()
    space()
    local c = text:sub(at, at)
    if c == '"' then return str() end
    if c == "{" then
      local t = {}
      at = at + 1
      space()
      if text:sub(at, at) == "}" then at = at + 1 return t end
      repeat
        space()
        local k = str()
        expect(":")
        t[k] = value()
        space()
        c = text:sub(at, at)
        at = at + 1
      until c ~= ","
      if c ~= "}" then fail("expected }") end
      return t
    end
    if c == "[" then
      local t = {}
      at = at + 1
      space()
      if text:sub(at, at) == "]" then at = at + 1 return t end
      repeat
        t[#t + 1] = value()
        space()
        c = text:sub(at, at)
        at = at + 1
      until c ~= ","
      if c ~= "]" then fail("expected ]") end
      return t
    end
    for word, v in pairs {["true"] = true, ["false"] = false} do
      if text:sub(at, at + #word - 1) == word then at = at + #word return v end
    end
    local n = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
    if not n then fail("unexpected character") end
    at = at + #n
    return tonumber(n)
  end
  local v = value()
  space()
  if at <= #text then fail("trailing text") end
  return v
end
local doc = '{"name": "pith \\u20ac", "list": [1, 2.5, -3e2, [true, false], {}], "deep": {"a": {"b": {"c": "\\n\\t\\"q\\""}}}}'
local back = json.write(json.read(doc))
print(back)
print(json.write(json.read(back)) == back)
for _, bad in ipairs {"", "{", "[1,", '{"a" 1}', '"open', "[1] 2", "@", '{"a":}'} do print(pcall(json.read, bad)) end
local large = {}
for i = 1, 3000 do large[i] = {id = i, tags = {"a" .. i, "b"}, on = i % 2 == 0, ratio = i / 8} end
local encoded = json.write(large)
print(#encoded, json.write(json.read(encoded)) == encoded)

section "a queue of events"
local Heap = {}
Heap.__index = Heap
function Heap.new() return setmetatable({n = 0}, Heap) end
function Heap:push(key, v)
  self.n = self.n + 1
  local i = self.n
  while i > 1 and self[i // 2].key > key do
    self[i] = self[i // 2]
    i = i // 2
  end
  self[i] = {key = key, value = v}
end
function Heap:pop()
  local top, last = self[1], self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  local i = 1
  while i * 2 <= self.n do
    local c = i * 2
    if c < self.n and self[c + 1].key < self[c].key then c = c + 1 end
    if self[c].key >= last.key then break end
    self[i] = self[c]
    i = c
  end
  if self.n > 0 then self[i] = last end
  return top.key, top.value
end
local heap, seed = Heap.new(), 12345
for i = 1, 2000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  heap:push(seed % 100000 + i / 4096, i)
end
local ordered, previous, sum = true, -1, 0
while heap.n > 0 do
  local k, v = heap:pop()
  ordered = ordered and k >= previous
  previous = k
  sum = (sum * 31 + v) % 1000000007
end
print(ordered, sum)

section "shortest paths"
local rows = {
  "S.#.......", "..#.#####.", "..#.#...#.", "....#.#.#.", ".####.#.#.",
  ".#....#...", ".#.######.", ".#......#.", ".######.#.", "........#E",
}
local dist, queue, head = {}, {{1, 1}}, 1
dist[1] = 0
while head <= #queue do
  local x, y = queue[head][1], queue[head][2]
  head = head + 1
  for _, d in ipairs {{1, 0}, {-1, 0}, {0, 1}, {0, -1}} do
    local nx, ny = x + d[1], y + d[2]
    local cell = rows[ny] and rows[ny]:sub(nx, nx) or ""
    if cell ~= "" and cell ~= "#" and not dist[(ny - 1) * 10 + nx] then
      dist[(ny - 1) * 10 + nx] = dist[(y - 1) * 10 + x] + 1
      queue[#queue + 1] = {nx, ny}
    end
  end
end
print(dist[100], #queue)
for y = 1, 10 do
  local line = {}
  for x = 1, 10 do line[x] = ("%3s"):format(dist[(y - 1) * 10 + x] or "#") end
  print(table.concat(line))
end
print "the end"
