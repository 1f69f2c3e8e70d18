-- The Lua part of `make demo`: a tour of what real programs use, with answers that depend on
-- nothing but the program.

local function title(text)
  print(("-- %s %s"):format(text, ("-"):rep(60 - #text)))
end

-- Numbers --------------------------------------------------------------------------------------
title("numbers")
local function sieve(limit)
  local composite, primes = {}, {}
  for i = 2, limit do
    if not composite[i] then
      primes[#primes + 1] = i
      for j = i * i, limit, i do composite[j] = true end
    end
  end
  return primes
end
local primes = sieve(200000)
print("primes below 200000", #primes, "last", primes[#primes])

local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
for _, p in ipairs({ { 1071, 462 }, { 2 ^ 40 // 1 | 0, 6 ^ 12 // 1 | 0 }, { 17, 5 } }) do
  print("gcd", math.tointeger(p[1]), math.tointeger(p[2]), gcd(math.tointeger(p[1]), math.tointeger(p[2])))
end
for _, x in ipairs({ 0.1, 1 / 3, 2 ^ 0.5, 1e300 * 10, -1e300 * 1e300, 123456789012 }) do
  print(("%.17g"):format(x), x, x // 1, math.type(x))
end
print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger)
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 5 // 0.0, 0x7fffffffffffffff + 0)
print(1 << 62, 1 << 63, 1 << 64, ~0, 0xff ~ 0x0f, 3 & 5, 3 | 5)

-- Text -----------------------------------------------------------------------------------------
title("text")
local poem = "the quick brown fox jumps over the lazy dog and the dog sleeps"
local counts, order = {}, {}
for word in poem:gmatch("%a+") do
  if not counts[word] then counts[word] = 0; order[#order + 1] = word end
  counts[word] = counts[word] + 1
end
table.sort(order, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
for _, word in ipairs(order) do print(("%-8s %d"):format(word, counts[word])) end
print((poem:gsub("(%a)(%a*)", function(a, b) return a:upper() .. b end)))
print(poem:find("fox"), poem:match("(%a+) dog"), poem:reverse():sub(1, 10))
print(("%q"):format("tab\tnul\0quote\"backslash\\"))
print(("%5.2f|%-6d|%06d|%x|%s|%c"):format(math.pi, 42, 42, 255, true, 65))
local packed = string.pack("<i4 z s2 d", -5, "zero", "length", 2.5)
print(#packed, string.unpack("<i4 z s2 d", packed))
for _, c in utf8.codes("aé€😀") do io.write(("U+%04X "):format(c)) end
print(utf8.len("aé€😀"), utf8.char(228, 8364, 128512))

-- A small language: parse and evaluate arithmetic ----------------------------------------------
title("a parser")
local function evaluate(source)
  local at = 1
  local function blank() at = source:match("^%s*()", at) end
  local expression
  local function factor()
    blank()
    if source:sub(at, at) == "(" then
      at = at + 1
      local v = expression()
      blank()
      if source:sub(at, at) ~= ")" then error("missing ) at " .. at, 0) end
      at = at + 1
      return v
    end
    local number, after = source:match("^(%-?%d+%.?%d*)()", at)
    if not number then error("number expected at " .. at, 0) end
    at = after
    return tonumber(number)
  end
  local function chain(next, operators)
    return function()
      local v = next()
      while true do
        blank()
        local apply = operators[source:sub(at, at)]
        if not apply then return v end
        at = at + 1
        v = apply(v, next())
      end
    end
  end
  local term = chain(factor, {
    ["*"] = function(a, b) return a * b end,
    ["/"] = function(a, b) return a / b end,
  })
  expression = chain(term, {
    ["+"] = function(a, b) return a + b end,
    ["-"] = function(a, b) return a - b end,
  })
  local v = expression()
  blank()
  if at <= #source then error("trailing text at " .. at, 0) end
  return v
end
for _, source in ipairs({ "1 + 2 * 3", "(1 + 2) * 3", "10 / 4 - 1", "2 * (3 + 4) * 5", "1 +", "(1", "1 2" }) do
  print(source, pcall(evaluate, source))
end

-- Objects, closures, coroutines ----------------------------------------------------------------
title("objects and coroutines")
local Stack = {}
Stack.__index = Stack
Stack.__len = function(s) return s.n end
Stack.__eq = function(a, b)
  if a.n ~= b.n then return false end
  for i = 1, a.n do if a[i] ~= b[i] then return false end end
  return true
end
Stack.__concat = function(a, b)
  local s = Stack.new()
  for i = 1, a.n do s:push(a[i]) end
  for i = 1, b.n do s:push(b[i]) end
  return s
end
Stack.__tostring = function(s) return "[" .. table.concat(s, " ", 1, s.n) .. "]" end
function Stack.new(...)
  local s = setmetatable({ n = 0 }, Stack)
  for _, v in ipairs({ ... }) do s:push(v) end
  return s
end
function Stack:push(v) self.n = self.n + 1; self[self.n] = v end
function Stack:pop()
  if self.n == 0 then error("empty stack") end
  local v = self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  return v
end
local s = Stack.new(1, 2, 3)
print(tostring(s), #s, s == Stack.new(1, 2, 3), tostring(s .. Stack.new(4)), s:pop(), #s)
print(select(2, pcall(Stack.pop, Stack.new())))

local function permutations(list, n)
  n = n or #list
  if n <= 1 then coroutine.yield(list) return end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
local seen = 0
for p in coroutine.wrap(function() permutations({ "a", "b", "c", "d" }) end) do
  seen = seen + 1
  io.write(table.concat(p), seen % 8 == 0 and "\n" or " ")
end

-- Eight queens: backtracking -------------------------------------------------------------------
title("eight queens")
local solutions, first = 0, nil
local function place(row, columns, up, down, board)
  if row > 8 then
    solutions = solutions + 1
    first = first or table.concat(board, "")
    return
  end
  for column = 1, 8 do
    local u, d = row + column, row - column + 8
    if not columns[column] and not up[u] and not down[d] then
      columns[column], up[u], down[d], board[row] = true, true, true, column
      place(row + 1, columns, up, down, board)
      columns[column], up[u], down[d] = nil, nil, nil
    end
  end
end
place(1, {}, {}, {}, {})
print(solutions, "solutions; the first:")
for column in first:gmatch("%d") do
  column = tonumber(column)
  print((". "):rep(column - 1) .. "Q " .. (". "):rep(8 - column))
end

-- Files ----------------------------------------------------------------------------------------
title("files")
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, 1000 do file:write(i, "\t", i * i, "\n") end
file:close()
local sum, lines = 0, 0
for line in io.lines(name) do
  local _, square = line:match("^(%d+)\t(%d+)$")
  sum, lines = sum + tonumber(square), lines + 1
end
file = assert(io.open(name, "rb"))
print("lines", lines, "sum of squares", sum, "bytes", file:seek("end"))
file:seek("set", 100)
print("at 100:", (file:read(20):gsub("%s", "_")))
file:close()
print("removed", os.remove(name), "then", io.open(name) == nil)

-- Memory: garbage is collected -----------------------------------------------------------------
title("memory")
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 100 do weak[i] = { i } end
local kept = weak[50]
collectgarbage()
local alive = 0
for _ in pairs(weak) do alive = alive + 1 end
print("alive after collection", alive, kept[1])
local big = {}
for round = 1, 5 do
  for i = 1, 100000 do big[i] = { round, i } end
end
local total = 0
for i = 1, #big, 1000 do total = total + big[i][2] end
print("sample of 500,000 tables", total)

-- Sorting --------------------------------------------------------------------------------------
title("sorting")
local seed, values = 42, {}
for i = 1, 50000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  values[i] = seed
end
table.sort(values)
local ok = true
for i = 2, #values do ok = ok and values[i - 1] <= values[i] end
print("sorted", ok, "median", values[#values // 2], "spread", values[#values] - values[1])
os.exit(ok and solutions == 92)
