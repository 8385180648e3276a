/** @param {Node} node @returns {boolean} whether some of it is selected */
export function isSelected(node) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(node, true);
}
